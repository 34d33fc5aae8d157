import { sql } from "kysely";
import { SYSTEM } from "../db/actor.ts";
import { sqlState, type Database } from "../db/database.ts";

/** A job as its holder knows it. `fence` is the right to write: who holds an older one changes nothing. */
export interface ClaimedJob {
  id: string;
  conversation_id: string;
  client_id: string;
  up_to_seq: number;
  owner_epoch: number;
  fence: number;
  attempt: number;
  /** Set when an attempt before this one already showed text. */
  message_id: string | null;
  cancel_requested: boolean;
}

const COLUMNS = sql`j.id, j.conversation_id, j.client_id, j.up_to_seq, j.owner_epoch, j.fence, j.attempt, j.message_id, j.cancel_requested`;
const UNIQUE_VIOLATION = "23505";

/**
 * Takes up to `limit` jobs: queued ones whose conversation has none running, and those whose holder let its lease run out.
 * A queued job has shown nothing yet, so its attempts start anew however often it was superseded.
 */
export async function claimJobs(db: Database, workerId: string, limit: number, leaseMs: number): Promise<ClaimedJob[]> {
  try {
    return await db.as(SYSTEM, async (trx) => {
      const { rows } = await sql<ClaimedJob>`
        update public.reply_jobs j
           set status = 'running', worker_id = ${workerId}, lease_until = clock_timestamp() + ${leaseMs}::float8 * interval '1 millisecond',
               fence = j.fence + 1, attempt = case when j.status = 'queued' then 1 else j.attempt + 1 end, updated_at = clock_timestamp()
         where j.id in (
           select c.id from public.reply_jobs c
            where (c.status = 'queued' and not exists (
                     select from public.reply_jobs r where r.conversation_id = c.conversation_id and r.status = 'running'))
               or (c.status = 'running' and c.lease_until < clock_timestamp())
            order by c.created_at, c.id
            limit ${limit}::integer
              for update skip locked)
        returning ${COLUMNS}`.execute(trx);
      return rows;
    });
  } catch (err) {
    // Another worker made a job of the same conversation run in this very moment; the next look finds the rest.
    if (sqlState(err) === UNIQUE_VIOLATION) return [];
    throw err;
  }
}

/** Prolongs the leases; answers with those that are still held under the same fence. */
export async function renewJobs(
  db: Database,
  jobs: readonly Pick<ClaimedJob, "id" | "fence">[],
  leaseMs: number,
): Promise<{ id: string; fence: number; cancel_requested: boolean }[]> {
  const held = JSON.stringify(jobs.map(({ id, fence }) => ({ id, fence })));
  const { rows } = await db.as(SYSTEM, (trx) =>
    sql<{ id: string; fence: number; cancel_requested: boolean }>`
      update public.reply_jobs j
         set lease_until = clock_timestamp() + ${leaseMs}::float8 * interval '1 millisecond'
        from jsonb_to_recordset(${held}::jsonb) as held (id uuid, fence integer)
       where j.id = held.id and j.fence = held.fence and j.status = 'running'
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

/** For a database that only this process uses: whoever held these leases is dead. */
export async function expireLeases(db: Database): Promise<void> {
  await db.as(SYSTEM, (trx) =>
    sql`update public.reply_jobs set lease_until = clock_timestamp() where status = 'running'`.execute(trx),
  );
}
