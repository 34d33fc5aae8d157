import { sql } from "kysely";
import type { Trx } from "../../db/database.ts";

/** Any constant: changes of people wait for each other, or two could remove the last two administrators at once. */
const PEOPLE_LOCK = 7_236_873;

export async function lockPeople(trx: Trx): Promise<void> {
  await sql`select pg_advisory_xact_lock(${PEOPLE_LOCK}::bigint)`.execute(trx);
}

export async function isLastAdministrator(trx: Trx, userId: string): Promise<boolean> {
  const admins = await trx.selectFrom("profiles").select("id").where("role", "=", "admin").limit(2).execute();
  return admins.length === 1 && admins[0]!.id === userId;
}
