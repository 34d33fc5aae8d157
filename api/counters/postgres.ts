import { sql } from "kysely";
import type { Logger } from "pino";
import { SYSTEM } from "../db/actor.ts";
import type { Database } from "../db/database.ts";
import { loggable } from "../lib/loggable.ts";
import type { Count, Counters } from "./counters.ts";
import { createMemoryCounters } from "./memory.ts";
import { secretKey } from "./secret-key.ts";

interface Addition {
  key: string;
  points: number;
  windowMs: number;
  resolve(count: Count): void;
  reject(err: unknown): void;
}

/** Keys of one statement; while it runs, others that touch them wait. */
const ADDITIONS_MAX = 500;
const CLEAN_MS = 600_000;
const CLEANED_MAX = 5000;

/**
 * Counts for every node on one database, by its clock; while it does not answer, each node for itself. Whatever is added while
 * a statement is on its way shares the next one, so that a busy server pays few trips for many messages.
 */
export function createPostgresCounters(db: Database, secret: string, log: Logger): Counters {
  const insurance = createMemoryCounters();
  let waiting: Addition[] = [];
  let isAdding = false;
  let isInsured = false;

  async function orInsured<T>(work: () => Promise<T>, fallback: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      isInsured = false;
      return result;
    } catch (err) {
      if (!isInsured)
        log.warn({ err: loggable(err) }, "limits are counted by each node for itself: the database does not answer");
      isInsured = true;
      return fallback();
    }
  }

  async function addWaiting(): Promise<void> {
    if (isAdding) return;
    isAdding = true;
    // What is asked for in the same breath goes together.
    await Promise.resolve();
    while (waiting.length > 0) {
      const batch = waiting.slice(0, ADDITIONS_MAX);
      waiting = waiting.slice(ADDITIONS_MAX);
      try {
        const sums = await addToRows(db, batch);
        for (const one of batch.toReversed()) {
          const sum = sums.get(one.key)!;
          one.resolve({ ...sum });
          // Those before it had not yet been followed by this one.
          sum.points -= one.points;
        }
      } catch (err) {
        for (const one of batch) one.reject(err);
      }
    }
    isAdding = false;
  }

  const cleaning = setInterval(() => {
    deleteEnded(db).catch((err: unknown) => log.warn({ err: loggable(err) }, "ended counters could not be deleted"));
  }, CLEAN_MS);
  cleaning.unref();

  return {
    add(name, points, windowMs) {
      const key = secretKey(secret, name);
      return orInsured(
        () =>
          new Promise<Count>((resolve, reject) => {
            waiting.push({ key, points, windowMs, resolve, reject });
            void addWaiting();
          }),
        () => insurance.add(key, points, windowMs),
      );
    },
    get(name) {
      const key = secretKey(secret, name);
      return orInsured(
        () => readRow(db, key),
        () => insurance.get(key),
      );
    },
    async delete(name) {
      const key = secretKey(secret, name);
      await insurance.delete(key);
      await orInsured(
        () => db.as(SYSTEM, async (trx) => void (await trx.deleteFrom("rate_counters").where("key", "=", key).execute())),
        async () => {},
      );
    },
    async close() {
      clearInterval(cleaning);
    },
  };
}

const endsInMs = sql<number>`greatest(1, extract(epoch from ends_at - clock_timestamp()) * 1000)::float8`;

async function addToRows(db: Database, batch: readonly Addition[]): Promise<Map<string, Count>> {
  const sums = new Map<string, { key: string; points: number; window_ms: number }>();
  for (const { key, points, windowMs } of batch) {
    const sum = sums.get(key) ?? { key, points: 0, window_ms: windowMs };
    sum.points += points;
    sums.set(key, sum);
  }
  const additions = JSON.stringify([...sums.values()]);
  type Row = { key: string; points: number; ends_in_ms: number };
  const rows = await db.call<Row>(sql`select key, points, ends_in_ms from renus.count_points(${additions}::jsonb)`);
  return new Map(rows.map((row) => [row.key, { points: row.points, endsInMs: row.ends_in_ms }]));
}

async function readRow(db: Database, key: string): Promise<Count | null> {
  const row = await db.as(SYSTEM, (trx) =>
    trx
      .selectFrom("rate_counters")
      .select(["points", endsInMs.as("ends_in_ms")])
      .where("key", "=", key)
      .where("ends_at", ">", sql<string>`clock_timestamp()`)
      .executeTakeFirst(),
  );
  return row ? { points: row.points, endsInMs: row.ends_in_ms } : null;
}

async function deleteEnded(db: Database): Promise<void> {
  await db.as(SYSTEM, (trx) =>
    sql`
      delete from public.rate_counters where key in (
        select key from public.rate_counters where ends_at < clock_timestamp() limit ${CLEANED_MAX}::integer for update skip locked)`.execute(
      trx,
    ),
  );
}
