import { pino } from "pino";
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

  test("a server that cannot be reached is told at the start", async () => {
    await expect(createRedisCounters("redis://127.0.0.1:1", "a secret", log)).rejects.toThrow();
  });
});
