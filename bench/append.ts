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
 * Messages appended and acknowledged per second, through the real server and its WebSockets, beside the bare inserts of the same
 * rows into the same table of the same database, one after another in each round. `--rounds=5 --seconds=2 --visitors=64 --in-flight=1`
 */

const rounds = numberOption("rounds", 5);
const ms = numberOption("seconds", 2) * 1000;
const visitors = numberOption("visitors", 64);
const inFlight = numberOption("in-flight", 1);
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
    bare: (sqlText, params) => pool.query(sqlText, params),
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
    limits: { framesPerMinute: unlimited, messagesPerMinute: unlimited, sessionsPerHourPerIp: unlimited },
  });
  const sessions = await openSessions(server);
  const bareRows = await openBareConversations(bed.db);
  const worker = new Worker(new URL("./append-clients.ts", import.meta.url), {
    workerData: { url: server.url, sessions, content: CONTENT } satisfies ClientsData,
  });
  await once(worker, "message");
  const throughServer = async (): Promise<ClientsResult> => {
    worker.postMessage({ ms, inFlight } satisfies ClientsRun);
    return ((await once(worker, "message")) as [ClientsResult])[0];
  };

  const figures = { server: [] as number[], batched: [] as number[], single: [] as number[], latencies: [] as number[] };
  for (let round = 0; round <= rounds; round++) {
    const served = await throughServer();
    await bed.enterBare();
    const batched = await bareInserts(bed, bareRows, visitors);
    const single = await bareInserts(bed, bareRows, 1);
    await bed.leaveBare();
    // The first round warms everything up.
    if (round === 0) continue;
    figures.server.push((served.acknowledged * 1000) / served.ms);
    figures.latencies.push(...served.latencies);
    figures.batched.push(batched);
    figures.single.push(single);
  }
  await worker.terminate();
  await server.stop();
  await bed.end();

  const served = median(figures.server);
  const row = (name: string, value: number, latency: string) => [
    `${bed.name}: ${name}`,
    whole(value),
    latency,
    `${(served / value).toFixed(2)} ×`,
  ];
  return [
    row(
      `acknowledged over ${visitors} sockets`,
      served,
      `${tenths(percentile(figures.latencies, 0.5))} / ${tenths(percentile(figures.latencies, 0.99))} ms`,
    ),
    row(`bare insert, ${visitors} rows a statement (unnest)`, median(figures.batched), "–"),
    row("bare insert, one row a transaction", median(figures.single), "–"),
  ];
}

/** Visitors whose conversations a person owns: what is measured is storing and acknowledging, not replying. */
async function openSessions(server: TestServer): Promise<ClientsData["sessions"]> {
  const agent = await server.createPublishedAgent({
    name: "Bench",
    config: { step_1_data: { name: "Bench" }, step_2_data: { tone: "calm" } },
  });
  const sessions = [];
  for (let index = 0; index < visitors; index++) sessions.push(await server.createSession(agent.slug));
  await server.deps.db.as(SYSTEM, (trx) => trx.updateTable("conversations").set({ owner: "operator" }).execute());
  return sessions;
}

interface BareRows {
  client_id: string;
  conversation_ids: string[];
  seq: number;
}

async function openBareConversations(db: Database): Promise<BareRows> {
  return db.as(SYSTEM, async (trx) => {
    const { id: client_id } = await trx.insertInto("clients").values({ name: "Bare" }).returning("id").executeTakeFirstOrThrow();
    const rows = await trx
      .insertInto("conversations")
      .values(Array.from({ length: visitors }, () => ({ client_id })))
      .returning("id")
      .execute();
    return { client_id, conversation_ids: rows.map((row) => row.id), seq: 0 };
  });
}

const INSERT = `
  insert into public.messages (conversation_id, client_id, seq, rev, role, content, client_message_id)
  select c, $2::uuid, $3::integer, $3::integer, 'visitor', $4, m from unnest($1::uuid[], $5::uuid[]) as t (c, m)`;

/** Rows per second with `rowsPerStatement` conversations in each statement. */
async function bareInserts(bed: Bed, rows: BareRows, rowsPerStatement: number): Promise<number> {
  const endsAt = performance.now() + ms;
  let inserted = 0;
  let turn = 0;
  const insertSome = async () => {
    while (performance.now() < endsAt) {
      // The whole set takes its turns before the next seq begins.
      const from = (turn++ * rowsPerStatement) % visitors;
      if (from === 0) rows.seq++;
      const ids = rows.conversation_ids.slice(from, from + rowsPerStatement);
      await bed.bare(INSERT, [ids, rows.client_id, rows.seq, CONTENT, ids.map(() => randomUUID())]);
      if (performance.now() < endsAt) inserted += ids.length;
    }
  };
  await Promise.all(Array.from({ length: bed.bareConcurrency }, insertSome));
  rows.seq++;
  return (inserted * 1000) / ms;
}

const rows = [];
for (const open of [openPgliteBed, openPostgresBed]) rows.push(...(await measure(await open())));
printTable(["", "messages/s", "p50 / p99", "the server makes of it"], rows);
