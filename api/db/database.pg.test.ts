import { sql } from "kysely";
import { expect, test } from "vitest";
import { openPostgresTestDatabase } from "../../tests/support/postgres.ts";
import { SYSTEM } from "./actor.ts";
import { databaseCases } from "./database.cases.ts";

databaseCases(openPostgresTestDatabase);

test("no statement and no forgotten transaction holds a lock for longer than 30 s", async () => {
  const db = await openPostgresTestDatabase();
  const { rows } = await db.as(SYSTEM, (trx) =>
    sql`select current_setting('statement_timeout') as statement,
               current_setting('idle_in_transaction_session_timeout') as idle`.execute(trx),
  );
  expect(rows).toEqual([{ statement: "30s", idle: "30s" }]);
  await db.close();
});
