import { sql } from "kysely";
import { SYSTEM } from "../db/actor.ts";
import type { Database } from "../db/database.ts";

/** A delivery as its holder knows it. `attempts` is the right to write: who holds an older one changes nothing. */
export interface ClaimedDelivery {
  id: string;
  endpoint_id: string;
  type: string;
  data: Record<string, unknown>;
  attempts: number;
  /** ISO 8601 with milliseconds, in UTC. */
  created_at: string;
  url: string;
  secret: string;
  /** The one before, while it signs too. */
  former_secret: string | null;
}

/**
 * Takes up to `limit` deliveries that are due, of one endpoint at most `perEndpoint`, so that a slow one keeps nobody waiting.
 * One whose holder has died is due again when its lease has run out.
 */
export async function claimDeliveries(
  db: Database,
  { limit, perEndpoint, busy, leaseMs }: { limit: number; perEndpoint: number; busy: readonly string[]; leaseMs: number },
): Promise<ClaimedDelivery[]> {
  const { rows } = await db.as(SYSTEM, (trx) =>
    sql<ClaimedDelivery>`
      update public.webhook_deliveries d
         set attempts = d.attempts + 1,
             next_attempt_at = clock_timestamp() + ${leaseMs}::float8 * interval '1 millisecond'
        from public.webhook_endpoints e
       where e.id = d.endpoint_id and d.id in (
         select due.id from public.webhook_endpoints o
          cross join lateral (
            select q.id from public.webhook_deliveries q
             where q.endpoint_id = o.id and q.status = 'pending' and q.next_attempt_at <= clock_timestamp()
             order by q.next_attempt_at limit ${perEndpoint}::integer
               for update skip locked) due
          where o.is_active and o.id not in (select value::uuid from jsonb_array_elements_text(${JSON.stringify(busy)}::jsonb))
          limit ${limit}::integer)
      returning d.id, d.endpoint_id, d.type, d.data, d.attempts, e.url, e.secret,
                case when e.former_secret_until > clock_timestamp() then e.former_secret end as former_secret,
                to_char(d.created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as created_at`.execute(trx),
  );
  return rows;
}

export async function markDelivered(
  db: Database,
  job: Pick<ClaimedDelivery, "id" | "endpoint_id" | "attempts">,
  status: number,
): Promise<void> {
  await db.as(SYSTEM, async (trx) => {
    await sql`
      update public.webhook_deliveries
         set status = 'delivered', response_status = ${status}::integer, error = null, delivered_at = clock_timestamp()
       where id = ${job.id}::uuid and attempts = ${job.attempts}::integer and status = 'pending'`.execute(trx);
    await sql`
      update public.webhook_endpoints set failing_since = null
       where id = ${job.endpoint_id}::uuid and failing_since is not null`.execute(trx);
  });
}

/**
 * `retryMs` null: it was the last attempt. The endpoint is switched off when it is gone for good, or has taken nothing for
 * `disableAfterMs`; returns whether it was.
 */
export async function markFailed(
  db: Database,
  job: Pick<ClaimedDelivery, "id" | "endpoint_id" | "attempts">,
  failure: { status: number | null; error: string; retryMs: number | null; isGone: boolean; disableAfterMs: number },
): Promise<boolean> {
  return await db.as(SYSTEM, async (trx) => {
    await sql`
      update public.webhook_deliveries
         set status = case when ${failure.retryMs === null}::boolean then 'failed' else 'pending' end,
             next_attempt_at = clock_timestamp() + ${failure.retryMs ?? 0}::float8 * interval '1 millisecond',
             response_status = ${failure.status}::integer, error = ${failure.error}
       where id = ${job.id}::uuid and attempts = ${job.attempts}::integer and status = 'pending'`.execute(trx);
    const { rows } = await sql<{ is_active: boolean }>`
      update public.webhook_endpoints e
         set failing_since = coalesce(e.failing_since, clock_timestamp()),
             is_active = not s.is_over,
             disabled_reason = case when s.is_over then ${failure.isGone ? "gone" : "failing"} end
        from (select ${failure.isGone}::boolean or
                     coalesce(failing_since < clock_timestamp() - ${failure.disableAfterMs}::float8 * interval '1 millisecond', false)
                     as is_over
                from public.webhook_endpoints where id = ${job.endpoint_id}::uuid for update) s
       where e.id = ${job.endpoint_id}::uuid and e.is_active
      returning e.is_active`.execute(trx);
    return rows[0]?.is_active === false;
  });
}

/** Former secrets whose time is over. */
export async function deleteFormerSecrets(db: Database): Promise<void> {
  await db.as(SYSTEM, (trx) =>
    sql`
      update public.webhook_endpoints set former_secret = null, former_secret_until = null
       where former_secret_until <= clock_timestamp()`.execute(trx),
  );
}

/** Deletes what happened more than `keptMs` ago, at most `limit`. */
export async function deletePastDeliveries(db: Database, keptMs: number, limit: number): Promise<void> {
  await db.as(SYSTEM, (trx) =>
    sql`
      delete from public.webhook_deliveries where id in (
        select id from public.webhook_deliveries
         where created_at < clock_timestamp() - ${keptMs}::float8 * interval '1 millisecond'
         limit ${limit}::integer for update skip locked)`.execute(trx),
  );
}
