import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import pg from "pg";
import { SYSTEM } from "../api/db/actor.ts";
import type { Database } from "../api/db/database.ts";
import { migrate } from "../api/db/migrate.ts";
import { openPglite } from "../api/db/pglite.ts";
import { apiConnectionString, openPostgres } from "../api/db/postgres.ts";
import { createPostgresDatabase, sharedPostgres, TEST_JWT_SECRET } from "../tests/support/postgres.ts";
import { startTestServer, type TestServer } from "../tests/support/server.ts";
import type { ClientsData, ClientsResult, ClientsRun } from "./append-clients.ts";
import { median, numberOption, percentile, printTable, tenths, whole } from "./figures.ts";

/**
 * Messages appended and acknowledged per second, through the real server and its WebSockets, beside bare statements that write
 * the same rows (messages, and the counters of their conversations) into the same database past row-level security, one after
 * another in each round. `--rounds=5 --seconds=2 --visitors=128`; each visitor has one message on its way.
 */

const rounds = numberOption("rounds", 5);
const ms = numberOption("seconds", 2) * 1000;
const visitorsMax = numberOption("visitors", 128);
const CONTENT = "x".repeat(200);

interface Bed {
  name: string;
  db: Database;
  environment: Record<string, string>;
  /** One autocommitted statement past row-level security. */
  bare(sqlText: string, params: unknown[]): Promise<unknown>;
  /** Statements that may be on their way at once. */
  bareConcurrency: number;
  /** The embedded database has one session; it changes hands between the rounds. */
  enterBare(): Promise<void>;
  leaveBare(): Promise<void>;
  end(): Promise<void>;
}

async function openPgliteBed(): Promise<Bed> {
  const dir = mkdtempSync(join(tmpdir(), "renus-bench-"));
  const pglite = await openPglite(join(dir, "data"));
  await migrate(pglite.session, null);
  return {
    name: "PGlite",
    db: await pglite.database(),
    environment: {},
    bare: (sqlText, params) => pglite.session.query(sqlText, params),
    bareConcurrency: 1,
    enterBare: () => pglite.session.exec("set session authorization postgres"),
    leaveBare: () => pglite.session.exec("set session authorization renus_api"),
    async end() {
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function openPostgresBed(): Promise<Bed> {
  const url = await createPostgresDatabase();
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  return {
    name: "PostgreSQL",
    db: openPostgres(apiConnectionString(url, TEST_JWT_SECRET), 10, () => {}),
    environment: { DATABASE_URL: url, JWT_SECRET: TEST_JWT_SECRET },
    // Prepared, as the server's own statements are planned once.
    bare: (sqlText, params) => pool.query({ name: "bare", text: sqlText, values: params }),
    bareConcurrency: 10,
    enterBare: async () => {},
    leaveBare: async () => {},
    async end() {
      await pool.end();
      await (await sharedPostgres()).stop();
    },
  };
}

async function measure(bed: Bed): Promise<string[][]> {
  const unlimited = 1_000_000_000;
  const server = await startTestServer({
    db: bed.db,
    environment: bed.environment,
    limits: {
      framesPerMinute: unlimited,
      messagesPerMinute: unlimited,
      messagesPerMinutePerIp: unlimited,
      messagesPerDayPerIp: unlimited,
      sessionsPerHourPerIp: unlimited,
      // That it is the only node is known after the first round instead of after a minute.
      nodeLeaseMs: 1000,
    },
  });
  const sessions = await openSessions(server);
  const bareRows = await openBareConversations(bed.db);
  const worker = new Worker(new URL("./append-clients.ts", import.meta.url), {
    workerData: { url: server.url, sessions, content: CONTENT } satisfies ClientsData,
  });
  await once(worker, "message");
  const throughServer = async (visitors: number): Promise<ClientsResult> => {
    worker.postMessage({ ms, visitors } satisfies ClientsRun);
    return ((await once(worker, "message")) as [ClientsResult])[0];
  };

  const table: string[][] = [];
  for (const visitors of [1, visitorsMax]) {
    const figures = { server: [] as number[], batched: [] as number[], single: [] as number[], latencies: [] as number[] };
    for (let round = 0; round <= rounds; round++) {
      const served = await throughServer(visitors);
      await bed.enterBare();
      const batched = visitors === 1 ? 0 : await bareWrites(bed, bareRows, visitors, 1);
      const single = await bareWrites(bed, bareRows, 1, Math.min(visitors, bed.bareConcurrency));
      await bed.leaveBare();
      // The first round warms everything up.
      if (round === 0) continue;
      figures.server.push((served.acknowledged * 1000) / served.ms);
      figures.latencies.push(...served.latencies);
      figures.batched.push(batched);
      figures.single.push(single);
    }
    const served = median(figures.server);
    const row = (name: string, values: number[], latency: string) => [
      `${bed.name}, ${visitors} in flight: ${name}`,
      whole(median(values)),
      `${whole(Math.min(...values))} … ${whole(Math.max(...values))}`,
      latency,
      `${(served / median(values)).toFixed(2)} ×`,
    ];
    const { latencies } = figures;
    table.push(
      row("acknowledged", figures.server, `${tenths(percentile(latencies, 0.5))} / ${tenths(percentile(latencies, 0.99))} ms`),
    );
    if (visitors > 1) table.push(row("bare, all in one statement", figures.batched, "–"));
    table.push(row("bare, a statement each", figures.single, "–"));
  }
  await worker.terminate();
  await server.stop();
  await bed.end();
  return table;
}

/** Visitors whose conversations a person owns: what is measured is storing and acknowledging, not replying. */
async function openSessions(server: TestServer): Promise<ClientsData["sessions"]> {
  const agent = await server.createPublishedAgent({
    name: "Bench",
    config: { step_1_data: { name: "Bench" }, step_2_data: { tone: "calm" } },
  });
  const sessions = [];
  for (let index = 0; index < visitorsMax; index++) sessions.push(await server.createSession(agent.slug));
  await server.deps.db.as(SYSTEM, (trx) => trx.updateTable("conversations").set({ owner: "operator" }).execute());
  return sessions;
}

async function openBareConversations(db: Database): Promise<string[]> {
  return db.as(SYSTEM, async (trx) => {
    const { id: client_id } = await trx.insertInto("clients").values({ name: "Bare" }).returning("id").executeTakeFirstOrThrow();
    const rows = await trx
      .insertInto("conversations")
      .values(Array.from({ length: visitorsMax }, () => ({ client_id })))
      .returning("id")
      .execute();
    return rows.map((row) => row.id);
  });
}

const WRITE = `
  with moved as (
    update public.conversations
       set last_seq = last_seq + 1, last_rev = last_rev + 1, last_message_at = clock_timestamp(), updated_at = clock_timestamp(),
           last_message_preview = left($2, 140), last_role = 'visitor'
     where id = any ($1::uuid[]) returning id, client_id, last_seq, last_rev)
  insert into public.messages (conversation_id, client_id, seq, rev, role, content, client_message_id)
  select moved.id, moved.client_id, moved.last_seq, moved.last_rev, 'visitor', $2, t.client_message_id
    from unnest($1::uuid[], $3::uuid[]) as t (id, client_message_id) join moved on moved.id = t.id
  returning id, seq`;

/** Messages per second with one of each of `perStatement` conversations in a statement, `concurrency` statements at once. */
async function bareWrites(
  bed: Bed,
  conversationIds: readonly string[],
  perStatement: number,
  concurrency: number,
): Promise<number> {
  const endsAt = performance.now() + ms;
  let written = 0;
  let turn = 0;
  const writeSome = async () => {
    while (performance.now() < endsAt) {
      const from = (turn++ * perStatement) % conversationIds.length;
      const ids = conversationIds.slice(from, from + perStatement);
      await bed.bare(WRITE, [ids, CONTENT, ids.map(() => randomUUID())]);
      if (performance.now() < endsAt) written += ids.length;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, writeSome));
  return (written * 1000) / ms;
}

const rows = [];
for (const open of [openPgliteBed, openPostgresBed]) rows.push(...(await measure(await open())));
printTable(["", "messages/s", "of the rounds", "p50 / p99", "the server makes of it"], rows);
