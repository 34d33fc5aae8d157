import { sql } from "kysely";
import { SYSTEM } from "./actor.ts";
import type { Database } from "./database.ts";
import { readMigrations } from "./migrate.ts";

let wanted: string[] | null = null;

/** Versions of this program's migrations that the database has not had; more than these do no harm. */
export async function missingMigrations(db: Database): Promise<string[]> {
  wanted ??= readMigrations().map(({ version }) => version);
  const { rows } = await db.as(SYSTEM, (trx) =>
    sql<{ missing: string[] }>`select renus.missing_migrations(${wanted}::text[]) as missing`.execute(trx),
  );
  return rows[0]!.missing;
}
