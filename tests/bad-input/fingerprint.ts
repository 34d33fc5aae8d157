import { sql } from "kysely";
import { SYSTEM } from "../../api/db/actor.ts";
import type { Database } from "../../api/db/database.ts";

const TABLES = [
  "agent_installs",
  "agent_secrets",
  "agents",
  "api_keys",
  "audit_log",
  "canned_replies",
  "clients",
  "conversation_notes",
  "conversations",
  "message_traces",
  "messages",
  "participants",
  "profiles",
  "reply_jobs",
  "routing_examples",
  "sub_agents",
  "visitors",
  "webhook_deliveries",
  "webhook_endpoints",
  "auth.refresh_tokens",
  "auth.sessions",
  "auth.users",
];

/** That a key was used is no change. */
const UNUSED_KEYS = sql`(select to_jsonb(k) - 'last_used_at' from api_keys k)`;

/** The last print of each database, with the transaction id that would have been the next. */
const known = new WeakMap<Database, { next: string; print: Record<string, string> }>();

/** Row count and content hash of every table: equal before and after means that nothing has changed. */
export async function fingerprint(db: Database): Promise<Record<string, string>> {
  return await db.as(SYSTEM, async (trx) => {
    const { rows: ids } = await sql<{ next: string }>`select pg_snapshot_xmax(pg_current_snapshot())::text as next`.execute(trx);
    // Only what writes gets a transaction id: without a new one there is nothing to look at.
    const { next } = ids[0]!;
    const last = known.get(db);
    if (last?.next === next) return last.print;
    const result: Record<string, string> = {};
    for (const table of TABLES) {
      const { rows } = await sql<{ print: string }>`
        select count(*) || ':' || md5(coalesce(string_agg(t::text, chr(10) order by t::text), '')) as print
          from ${table === "api_keys" ? UNUSED_KEYS : sql.table(table)} t`.execute(trx);
      result[table] = rows[0]!.print;
    }
    known.set(db, { next, print: result });
    return result;
  });
}
