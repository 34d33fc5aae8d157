import { sql } from "kysely";
import { SYSTEM } from "../../db/actor.ts";
import type { Database } from "../../db/database.ts";
import type { CallCost } from "./reserve-call.ts";

/** What a call has cost takes the place of what was set aside. `isVoid`: the model did nothing, and its reply does not count. */
export async function settleCall(db: Database, callId: string, cost: CallCost & { isVoid: boolean }): Promise<void> {
  await db.call(sql`
    select renus.settle_model_call(${callId}::uuid, ${cost.tokens}::bigint, ${cost.micro_usd}::bigint, ${cost.isVoid}::boolean)`);
}

const DAYS_KEPT = 7;

/**
 * Calls whose process died go and stay counted as what they might have cost; so do days that limit nothing any more. At most `limit`
 * rows of each.
 */
export async function deletePastUsage(db: Database, limit: number): Promise<void> {
  await db.as(SYSTEM, async (trx) => {
    await sql`
      delete from public.model_calls where id in (
        select id from public.model_calls where expires_at < clock_timestamp() limit ${limit}::integer for update skip locked)`.execute(
      trx,
    );
    await sql`
      delete from public.usage_days where ctid in (
        select ctid from public.usage_days where day < (clock_timestamp() at time zone 'UTC')::date - ${DAYS_KEPT}::integer
         limit ${limit}::integer for update skip locked)`.execute(trx);
  });
}
