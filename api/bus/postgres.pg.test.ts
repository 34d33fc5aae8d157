import pg from "pg";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { busContract } from "../../tests/support/bus-contract.ts";
import { createPostgresDatabase, TEST_JWT_SECRET } from "../../tests/support/postgres.ts";
import { startTcpProxy, withoutNotifications } from "../../tests/support/tcp-proxy.ts";
import { apiConnectionString } from "../db/postgres.ts";
import type { BusEvent } from "./bus.ts";
import { createPostgresBus } from "./postgres.ts";

const log = pino({ level: "silent" });
let url: string;
let admin: pg.Client;

beforeAll(async () => {
  const ownerUrl = await createPostgresDatabase();
  url = apiConnectionString(ownerUrl, TEST_JWT_SECRET);
  // The same role, which may end its own connections.
  admin = new pg.Client({ connectionString: url });
  await admin.connect();
});
afterAll(() => admin.end());

const open = (positionMs = 5000) => createPostgresBus(url, log, { positionMs });
busContract({ open: () => open(), hasManyNodes: true });

const pidsOfBuses = async () =>
  (
    await admin.query<{ pid: number }>(
      "select pid from pg_stat_activity where application_name = 'renus bus' and datname = current_database()",
    )
  ).rows.map(({ pid }) => pid);
const cut = (pid: number) => admin.query("select pg_terminate_backend($1)", [pid]);

test("what is published while its own connection is down is heard by the others once it is back", async () => {
  const from = await open();
  const [pid] = await pidsOfBuses();
  const to = await open();
  const heard: BusEvent[] = [];
  to.subscribe((event) => heard.push(event));
  from.publish({ topic: "jobs", conversation_id: "before" });
  await cut(pid!);
  // Its backend is gone for certain; whether this node has noticed yet does not matter.
  await vi.waitFor(async () => expect(await pidsOfBuses()).not.toContain(pid));
  const meanwhile: BusEvent[] = Array.from({ length: 50 }, (_, i) => ({ topic: "jobs", conversation_id: String(i) }));
  for (const event of meanwhile) from.publish(event);
  await vi.waitFor(() => expect(heard).toHaveLength(51), { timeout: 10_000 });
  expect(heard.slice(1)).toEqual(meanwhile);
  await from.close();
  await to.close();
});

test("comes back when its connections are cut, and says that there was a gap", async () => {
  const [from, to] = [await open(), await open()];
  const heard: BusEvent[] = [];
  to.subscribe((event) => heard.push(event));
  for (const pid of await pidsOfBuses()) await cut(pid);
  // The gap tells this node to reload what it may have missed.
  await vi.waitFor(() => expect(heard).toContainEqual({ topic: "registry", agent_id: null }), { timeout: 10_000 });
  from.publish({ topic: "jobs", conversation_id: "after" });
  await vi.waitFor(() => expect(heard).toContainEqual({ topic: "jobs", conversation_id: "after" }), { timeout: 10_000 });
  await from.close();
  await to.close();
});

test("a notification that never came is noticed by the next position of its sender, and nobody else's", async () => {
  const [from, to] = [await open(200), await open(200)];
  const heard: BusEvent[] = [];
  to.subscribe((event) => heard.push(event));
  from.publish({ topic: "jobs", conversation_id: "first" });
  await vi.waitFor(() => expect(heard).toHaveLength(1));
  // The packet with the highest number yet, from somebody who skipped some.
  await admin.query("select pg_notify('renus_bus', $1)", [`${from.node} 1000 0 1 []`]);
  await vi.waitFor(() => expect(heard).toContainEqual({ topic: "gap", node: from.node, ageMs: expect.any(Number) }));
  expect(heard).toContainEqual({ topic: "registry", agent_id: null });
  expect(heard.filter(({ topic }) => topic === "gap")).toHaveLength(1);
  expect((heard.find(({ topic }) => topic === "gap") as { ageMs: number }).ageMs).toBeLessThan(5000);
  await from.close();
  await to.close();
});

test("a connection that has become deaf is replaced, although everything else works on it", async () => {
  let isDeaf = false;
  const proxy = await startTcpProxy({
    ports: () => [Number(new URL(url).port)],
    filter: withoutNotifications(() => isDeaf),
  });
  const through = new URL(url);
  through.port = String(proxy.port);
  const from = await open();
  const to = await createPostgresBus(through.toString(), log, { positionMs: 200 });
  const heard: BusEvent[] = [];
  to.subscribe((event) => heard.push(event));
  isDeaf = true;
  // It still speaks, and does not know that it hears nothing.
  await vi.waitFor(() => expect(heard).toContainEqual({ topic: "gap", node: null, ageMs: expect.any(Number) }), {
    timeout: 10_000,
  });
  isDeaf = false;
  await vi.waitFor(
    () => {
      from.publish({ topic: "jobs", conversation_id: "after" });
      expect(heard).toContainEqual({ topic: "jobs", conversation_id: "after" });
    },
    { timeout: 10_000 },
  );
  await from.close();
  await to.close();
  await proxy.stop();
});

test("refuses to start on a server that is not there", async () => {
  await expect(createPostgresBus("postgres://nobody@127.0.0.1:1/none", log, { positionMs: 5000 })).rejects.toThrow(
    "ECONNREFUSED",
  );
});
