import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { openDefaultDatabase } from "../../tests/support/default-database.ts";
import { createReplyWorld, until, type ReplyWorld } from "../../tests/support/replies.ts";
import { pino } from "pino";
import { SYSTEM } from "../db/actor.ts";
import type { Database } from "../db/database.ts";
import { createRegistry, type Registry } from "./registry.ts";

let db: Database;
let world: ReplyWorld;
let registry: Registry | null = null;
let lines: { level: number; msg: string }[];
let isDown = false;

beforeAll(async () => {
  db = await openDefaultDatabase();
});
afterAll(() => db.close());
beforeEach(() => {
  world = createReplyWorld(db);
  lines = [];
  isDown = false;
});
afterEach(() => registry?.stop());

async function start(registrySyncSeconds = 60): Promise<Registry> {
  const log = pino({ level: "info" }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  // The real database, behind a cable that can be pulled.
  const unreliable: Database = {
    ...db,
    as: (actor, fn) => (isDown ? Promise.reject(new Error("connection refused, password hunter2")) : db.as(actor, fn)),
  };
  registry = createRegistry({ db: unreliable, bus: world.bus, log, config: { ...world.config, registrySyncSeconds } });
  await registry.start();
  return registry;
}
const change = (id: string, columns: Record<string, unknown>) =>
  db.as(SYSTEM, (trx) => trx.updateTable("agents").set(columns).where("id", "=", id).execute());

test("knows active agents and their active specialists, and nothing else", async () => {
  const agent = await world.createAgent({
    subAgents: [
      { name: "A", topics: ["a"] },
      { name: "B", topics: ["b"], is_active: false },
      { name: "C", topics: ["c"] },
    ],
  });
  const draft = await world.createAgent({ status: "draft" });
  const found = await start();
  expect((await found.find(agent.id))?.subAgents.map(({ name }) => name)).toEqual(["A", "C"]);
  expect(await found.find(draft.id)).toBeNull();
  expect(found.isReady).toBe(true);
});

test("a pushed change is used by the very next reply, and changes the version", async () => {
  const agent = await world.createAgent();
  const found = await start();
  const before = await found.find(agent.id);
  await change(agent.id, { system_prompt: "You are somebody else." });
  world.bus.publish({ topic: "registry", agent_id: agent.id });
  const after = await found.find(agent.id);
  expect(after?.agent.system_prompt).toBe("You are somebody else.");
  expect(after?.version).toMatch(/^[0-9a-f]{12}$/);
  expect(after?.version).not.toBe(before?.version);
  await change(agent.id, { status: "inactive" });
  world.bus.publish({ topic: "registry", agent_id: agent.id });
  expect(await found.find(agent.id)).toBeNull();
});

test("a change that nobody told is found by the next sync; the same configuration keeps its version", async () => {
  const agent = await world.createAgent();
  const found = await start(0.05);
  const before = await found.find(agent.id);
  await change(agent.id, { access_count: 7 });
  await change(agent.id, { name: "Renamed" });
  const after = await until(async () => {
    const now = await found.find(agent.id);
    return now?.agent.name === "Renamed" ? now : null;
  });
  expect(after.version).not.toBe(before?.version);
  await change(agent.id, { name: "Main", access_count: 8 });
  await until(async () => (await found.find(agent.id))?.version === before?.version);
});

test("a failed reload keeps what is known, is logged without the error's text, and heals", async () => {
  const agent = await world.createAgent();
  const found = await start(0.05);
  isDown = true;
  await change(agent.id, { name: "Renamed meanwhile" });
  world.bus.publish({ topic: "registry", agent_id: agent.id });
  expect((await found.find(agent.id))?.agent.name).toBe("Main");
  expect(lines.some(({ level, msg }) => level === 50 && msg.includes("could not be reloaded"))).toBe(true);
  expect(JSON.stringify(lines)).not.toContain("hunter2");
  isDown = false;
  await until(async () => (await found.find(agent.id))?.agent.name === "Renamed meanwhile");
});

test("a start without a database is not ready, and becomes so", async () => {
  isDown = true;
  const found = await start(0.05);
  expect(found.isReady).toBe(false);
  isDown = false;
  await until(() => found.isReady);
});

test("an agent of another node is found before its notification arrives", async () => {
  const found = await start();
  const quiet = createReplyWorld(db);
  const agent = await quiet.createAgent();
  expect((await found.find(agent.id))?.agent.id).toBe(agent.id);
});
