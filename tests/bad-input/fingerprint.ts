import { sql } from "kysely";
import { SYSTEM } from "../../api/db/actor.ts";
import type { Database } from "../../api/db/database.ts";

const TABLES = [
  "agent_secrets",
  "agents",
  "clients",
  "conversations",
  "message_traces",
  "messages",
  "participants",
  "profiles",
  "reply_jobs",
  "sub_agents",
  "visitors",
  "auth.users",
];

/** Row count and content hash of every table: equal before and after means that nothing has changed. */
export async function fingerprint(db: Database): Promise<Record<string, string>> {
  return await db.as(SYSTEM, async (trx) => {
    const result: Record<string, string> = {};
    for (const table of TABLES) {
      const { rows } = await sql<{ print: string }>`
        select count(*) || ':' || md5(coalesce(string_agg(t::text, chr(10) order by t::text), '')) as print
          from ${sql.table(table)} t`.execute(trx);
      result[table] = rows[0]!.print;
    }
    return result;
  });
}
