import { pino } from "pino";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeCounters } from "../../tests/support/counters-contract.ts";
import { startRedis, type RedisServer } from "../../tests/support/redis.ts";
import { createRedisCounters } from "./redis.ts";

const log = pino({ level: "silent" });
let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());
const open = (secret = "a secret of the tests") => createRedisCounters(server.url, secret, log);

describe("counters in Redis", () => {
  describeCounters(open);

  test("two installations on one Redis do not count together", async () => {
    const [mine, theirs] = [await open(), await open("another secret")];
    await mine.add("f", 3, 60_000);
    expect(await theirs.get("f")).toBeNull();
    await Promise.all([mine.close(), theirs.close()]);
  });

  test("while Redis is away, each node counts for itself, at once, and together again afterwards", async () => {
    const [one, other] = [await open(), await open()];
    await server.stop();
    await expect.poll(async () => (await one.add("g", 1, 60_000)).points).toBeGreaterThan(1);
    expect((await other.add("g", 1, 60_000)).points).toBe(1);
    server = await startRedis(Number(new URL(server.url).port));
    await expect
      .poll(
        async () => {
          const { points } = await one.add("h", 1, 60_000);
          return (await other.get("h"))?.points === points;
        },
        { timeout: 15_000 },
      )
      .toBe(true);
    await Promise.all([one.close(), other.close()]);
  });

  test("while Redis hangs, a count takes a second once and then no time; together again afterwards", async () => {
    const [one, other] = [await open(), await open()];
    await one.add("i", 1, 60_000);
    const client = await createClient({ url: server.url }).connect();
    const pid = Number(/^process_id:(\d+)/m.exec(await client.info("server"))![1]);
    client.destroy();
    process.kill(pid, "SIGSTOP");
    try {
      const startedAt = performance.now();
      const counts = await Promise.all([one.add("i", 1, 60_000), one.add("i", 1, 60_000), one.get("i").then(() => null)]);
      expect(performance.now() - startedAt).toBeLessThan(3000);
      expect(counts.map((count) => count?.points)).toEqual([1, 2, undefined]);
      // A new connection is accepted by the kernel, and answered by nobody.
      const hungAt = performance.now();
      for (let count = 3; count < 20; count++) expect((await one.add("i", 1, 60_000)).points).toBe(count);
      expect(performance.now() - hungAt).toBeLessThan(500);
    } finally {
      process.kill(pid, "SIGCONT");
    }
    await expect
      .poll(async () => (await other.get("l"))?.points === (await one.add("l", 1, 60_000)).points - 1, { timeout: 15_000 })
      .toBe(true);
    await Promise.all([one.close(), other.close()]);
  });

  test("a server that cannot be reached is told at the start", async () => {
    await expect(createRedisCounters("redis://127.0.0.1:1", "a secret", log)).rejects.toThrow();
  });
});
