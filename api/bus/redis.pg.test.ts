import { pino } from "pino";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { busContract } from "../../tests/support/bus-contract.ts";
import { startRedis, type RedisServer } from "../../tests/support/redis.ts";
import { startTcpProxy } from "../../tests/support/tcp-proxy.ts";
import type { BusEvent } from "./bus.ts";
import { createRedisBus } from "./redis.ts";

const SECRET = "a secret of the tests";
const log = pino({ level: "silent" });
let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const open = (secret = SECRET) => createRedisBus(server.url, secret, log, { positionMs: 5000 });
busContract({ open, hasManyNodes: true });

test("two installations on one Redis do not hear each other", async () => {
  const [mine, theirs, alsoMine] = [await open(), await open("another secret"), await open()];
  const heard: BusEvent[] = [];
  alsoMine.subscribe((event) => heard.push(event));
  theirs.publish({ topic: "jobs", conversation_id: "theirs" });
  mine.publish({ topic: "jobs", conversation_id: "mine" });
  await vi.waitFor(() => expect(heard.length).toBeGreaterThan(0));
  expect(heard).toEqual([{ topic: "jobs", conversation_id: "mine" }]);
  await Promise.all([mine, theirs, alsoMine].map((bus) => bus.close()));
});

test("comes back when the server comes back, and says that there was a gap", async () => {
  const [from, to] = [await open(), await open()];
  const heard: BusEvent[] = [];
  to.subscribe((event) => heard.push(event));
  await server.stop();
  server = await startRedis(Number(new URL(server.url).port));
  await vi.waitFor(() => expect(heard).toContainEqual({ topic: "registry", agent_id: null }), { timeout: 10_000 });
  from.publish({ topic: "jobs", conversation_id: "after" });
  await vi.waitFor(() => expect(heard).toContainEqual({ topic: "jobs", conversation_id: "after" }), { timeout: 10_000 });
  await from.close();
  await to.close();
});

test("a connection that swallows everything is replaced, and what was said meanwhile is said again", async () => {
  const proxy = await startTcpProxy({ ports: () => [Number(new URL(server.url).port)] });
  const lags: number[] = [];
  const onEcho = (seconds: number) => lags.push(seconds);
  const from = await createRedisBus(`redis://127.0.0.1:${proxy.port}`, SECRET, log, { positionMs: 200, onEcho });
  const to = await open();
  const [heard, own]: BusEvent[][] = [[], []];
  to.subscribe((event) => heard!.push(event));
  from.subscribe((event) => own!.push(event));
  proxy.set({ isBlackHole: true });
  from.publish({ topic: "jobs", conversation_id: "meanwhile" });
  // The connection that listens loses something as well.
  to.publish({ topic: "jobs", conversation_id: "unheard" });
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(heard).not.toContainEqual({ topic: "jobs", conversation_id: "meanwhile" });
  expect(own).not.toContainEqual({ topic: "jobs", conversation_id: "unheard" });
  proxy.set({});
  await vi.waitFor(() => expect(heard).toContainEqual({ topic: "jobs", conversation_id: "meanwhile" }), { timeout: 25_000 });
  await vi.waitFor(() => expect(own).toContainEqual({ topic: "gap", node: null, ageMs: expect.any(Number) }), {
    timeout: 25_000,
  });
  await vi.waitFor(() => expect(Math.max(...lags)).toBeGreaterThan(0.25));
  to.publish({ topic: "jobs", conversation_id: "after" });
  await vi.waitFor(() => expect(own).toContainEqual({ topic: "jobs", conversation_id: "after" }), { timeout: 25_000 });
  await from.close();
  await to.close();
  await proxy.stop();
});

test("refuses to start without a server, in words", async () => {
  await expect(createRedisBus("redis://127.0.0.1:1", SECRET, log, { positionMs: 5000 })).rejects.toThrow("Check REDIS_URL");
});
