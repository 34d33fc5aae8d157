import { sql } from "kysely";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeCounters } from "../../tests/support/counters-contract.ts";
import { openPostgresTestDatabase } from "../../tests/support/postgres.ts";
import { SYSTEM } from "../db/actor.ts";
import type { Database } from "../db/database.ts";
import { createPostgresCounters } from "./postgres.ts";

const SECRET = "a secret of the tests";
const log = pino({ level: "silent" });
let db: Database;
beforeAll(async () => {
  db = await openPostgresTestDatabase();
});
afterAll(() => db.close());

describe("counters in PostgreSQL", () => {
  describeCounters(() => Promise.resolve(createPostgresCounters(db, SECRET, log)));

  test("what is added at the same moment shares its statements", async () => {
    let statements = 0;
    const counting: Database = { ...db, as: (...args) => (statements++, db.as(...args)) };
    const counters = createPostgresCounters(counting, SECRET, log);
    await Promise.all(Array.from({ length: 300 }, (_, n) => counters.add(`many ${n % 100}`, 1, 60_000)));
    expect(statements).toBeLessThan(5);
    await counters.close();
  });

  test("nothing that names anybody is kept", async () => {
    const counters = createPostgresCounters(db, SECRET, log);
    await counters.add("sign-in of account ana@example.test 192.0.2.1", 1, 60_000);
    const { rows } = await db.as(SYSTEM, (trx) => sql<{ key: string }>`select key from public.rate_counters`.execute(trx));
    for (const { key } of rows) expect(key).toMatch(/^[\w-]{22}$/);
    await counters.close();
  });

  test("while the database does not answer, each node counts for itself", async () => {
    let isAway = true;
    const away = () => Promise.reject(new Error("away"));
    const flaky: Database = {
      ...db,
      as: (...args) => (isAway ? away() : db.as(...args)),
      call: (statement) => (isAway ? away() : db.call(statement)),
    };
    const counters = createPostgresCounters(flaky, SECRET, log);
    expect((await counters.add("e", 1, 60_000)).points).toBe(1);
    expect((await counters.add("e", 1, 60_000)).points).toBe(2);
    expect((await counters.get("e"))!.points).toBe(2);
    isAway = false;
    expect((await counters.add("e", 1, 60_000)).points).toBe(1);
    await counters.close();
  });
});
