import { sql } from "kysely";
import { AUDIT_LOG_DAYS } from "../../../protocol/codes.ts";
import { SYSTEM } from "../../db/actor.ts";
import type { ServiceContext } from "../context.ts";

/** Rows of one statement. */
const BATCH_MAX = 1000;

/** Deletes entries that were kept for their time, at most 1,000 at once; returns how many. */
export async function sweepChanges(ctx: Pick<ServiceContext, "db">): Promise<number> {
  const { rows } = await ctx.db.as(SYSTEM, (trx) =>
    sql`
      delete from public.audit_log where id in (
        select id from public.audit_log where created_at < now() - make_interval(days => ${AUDIT_LOG_DAYS}::integer)
         order by created_at limit ${BATCH_MAX}::integer)
      returning id`.execute(trx),
  );
  return rows.length;
}
