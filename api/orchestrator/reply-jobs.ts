import { sql } from "kysely";
import { SYSTEM } from "../db/actor.ts";
import { sqlState, type Database } from "../db/database.ts";
import type { ClaimedJob, ClaimRow, StoredTurn } from "../services/messages/claims.ts";

/** A claimed job with what it is about; read in the same transaction, because trips to the database are most of our latency. */
export interface JobWithTurns {
  job: ClaimedJob;
  conversation: { agent_id: string | null; visitor_id: string | null; sub_agent_id: string | null; locale: string | null };
  /** The newest turns up to where the job has read, oldest first, without failed replies and the one being written. */
  turns: StoredTurn[];
}

/** More than fits into any prompt's budget. */
export const TURNS_READ_MAX = 200;
const UNIQUE_VIOLATION = "23505";

/**
 * Takes up to `limit` jobs: queued ones whose conversation has none running, and those whose holder let its lease run out.
 * A queued job has shown nothing yet, so its attempts start anew however often it was superseded.
 */
export async function claimJobs(db: Database, workerId: string, limit: number, leaseMs: number): Promise<JobWithTurns[]> {
  try {
    const rows = await db.call<ClaimRow>(sql`
      select * from renus.claim_replies(${workerId}::text, ${limit}::integer, ${leaseMs}::float8, ${TURNS_READ_MAX}::integer)`);
    return rows.map(toJobWithTurns);
  } catch (err) {
    // Another worker made a job of the same conversation run in this very moment; the next look finds the rest.
    if (sqlState(err) === UNIQUE_VIOLATION) return [];
    throw err;
  }
}

export function toJobWithTurns({ agent_id, visitor_id, sub_agent_id, locale, turns, ...job }: ClaimRow): JobWithTurns {
  return { job, conversation: { agent_id, visitor_id, sub_agent_id, locale }, turns };
}

/** Prolongs the leases; answers with those that are still held under the same fence. */
export async function renewJobs(
  db: Database,
  jobs: readonly Pick<ClaimedJob, "id" | "fence">[],
  leaseMs: number,
): Promise<{ id: string; fence: number; cancel_requested: boolean }[]> {
  const held = JSON.stringify(jobs.map(({ id, fence }) => ({ id, fence })));
  const { rows } = await db.as(SYSTEM, (trx) =>
    // Locked in the order in which new messages lock the jobs of their conversations.
    sql<{ id: string; fence: number; cancel_requested: boolean }>`
      with held as materialized (
        select j.id from public.reply_jobs j join jsonb_to_recordset(${held}::jsonb) as h (id uuid, fence integer) on h.id = j.id
         where j.fence = h.fence and j.status = 'running' order by j.id for update of j)
      update public.reply_jobs j
         set lease_until = clock_timestamp() + ${leaseMs}::float8 * interval '1 millisecond'
        from held where j.id = held.id and j.status = 'running'
      returning j.id, j.fence, j.cancel_requested`.execute(trx),
  );
  return rows;
}

/** How a job stands; null when it is gone or no longer held under this fence. */
export async function lookAtJob(
  db: Database,
  job: Pick<ClaimedJob, "id" | "fence">,
): Promise<{ cancel_requested: boolean } | null> {
  const row = await db.as(SYSTEM, (trx) =>
    trx
      .selectFrom("reply_jobs")
      .select("cancel_requested")
      .where("id", "=", job.id)
      .where("fence", "=", job.fence)
      .where("status", "=", "running")
      .executeTakeFirst(),
  );
  return row ?? null;
}

/** Puts a job down for another worker: one that has not spoken waits again, one that has may be taken over after `delayMs`. */
export async function releaseJob(db: Database, job: Pick<ClaimedJob, "id" | "fence">, delayMs = 0): Promise<void> {
  await db.as(SYSTEM, (trx) =>
    sql`
      update public.reply_jobs j
         set status = case when j.message_id is null and not w.is_waiting then 'queued' else 'running' end,
             worker_id = null, fence = j.fence + 1, updated_at = clock_timestamp(),
             lease_until = case when j.message_id is null and not w.is_waiting then null
                                else clock_timestamp() + ${delayMs}::float8 * interval '1 millisecond' end
        from (select exists (select from public.reply_jobs q join public.reply_jobs me on me.conversation_id = q.conversation_id
                              where me.id = ${job.id}::uuid and q.status = 'queued') as is_waiting) w
       where j.id = ${job.id}::uuid and j.fence = ${job.fence}::integer and j.status = 'running'`.execute(trx),
  );
}

/** The last resort for a job that cannot even be ended properly: it must not come back for ever. */
export async function abandonJob(db: Database, job: Pick<ClaimedJob, "id" | "fence" | "conversation_id">): Promise<void> {
  await db.as(SYSTEM, async (trx) => {
    // Before the job, as everywhere: whoever takes over at this moment holds the conversation and wants the job.
    await trx.selectFrom("conversations").select("id").where("id", "=", job.conversation_id).forUpdate().execute();
    await sql`
      with ended as (
        update public.reply_jobs set status = 'failed', error_code = 'INTERNAL_ERROR', lease_until = null, updated_at = clock_timestamp()
         where id = ${job.id}::uuid and fence = ${job.fence}::integer and status = 'running'
        returning message_id)
      select renus.revise_message(m.id, m.content, 'failed', null, 'INTERNAL_ERROR')
        from ended join public.messages m on m.id = ended.message_id where m.status = 'streaming'`.execute(trx);
  });
}

/**
 * Deletes jobs that ended more than `keptMs` ago, at most `limit` of them; returns how many went. A job is of use only until
 * its end: what it wrote, and why, stands in messages and traces.
 */
export async function deleteEndedJobs(db: Database, keptMs: number, limit: number): Promise<number> {
  const { numAffectedRows } = await db.as(SYSTEM, (trx) =>
    sql`
      delete from public.reply_jobs where id in (
        select id from public.reply_jobs
         where status not in ('queued', 'running') and updated_at < clock_timestamp() - ${keptMs}::float8 * interval '1 millisecond'
         limit ${limit}::integer for update skip locked)`.execute(trx),
  );
  return Number(numAffectedRows ?? 0);
}

/** For a database that only this process uses: whoever held these leases is dead. */
export async function expireLeases(db: Database): Promise<void> {
  await db.as(SYSTEM, (trx) =>
    sql`update public.reply_jobs set lease_until = clock_timestamp() where status = 'running'`.execute(trx),
  );
}
