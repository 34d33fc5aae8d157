import { sql } from "kysely";
import { RETENTION_DAYS_DEFAULT } from "../../../protocol/codes.ts";
import { retentionDaysSchema } from "../../../protocol/requests.ts";
import { SYSTEM } from "../../db/actor.ts";
import type { Trx } from "../../db/database.ts";
import type { ServiceContext } from "../context.ts";
import { tellErased } from "../visitors/tell-erased.ts";

/** Conversations of one transaction: each may have a hundred messages, and whoever writes meanwhile waits for the embedded database. */
const BATCH_MAX = 50;
/** Any constant: who holds it sweeps, the other nodes leave it at that. */
const SWEEP_LOCK = 7_236_872;

interface Term {
  agent_id: string;
  days: number;
}
interface Gone {
  visitors: { id: string }[];
  conversations: { id: string; client_id: string }[];
}

/** How many days after its last message a conversation of this agent is deleted; 0: never. */
export function retentionDaysOf(config: Record<string, unknown>): number {
  // Old rows and hand-written ones hold anything.
  const days = retentionDaysSchema.safeParse(config["retention_days"]);
  return days.success ? days.data : RETENTION_DAYS_DEFAULT;
}

/**
 * Deletes the conversations, open or closed, in which nothing was written for as many days as their agent keeps them, with all
 * that belongs to them, and the visitors who then have none. In small transactions, one node at a time; what somebody writes
 * into at this moment is left. Returns how many went; `isOver()` is asked before each transaction and ends it early.
 */
export async function sweepConversations(
  ctx: Pick<ServiceContext, "db" | "bus">,
  isOver: () => boolean = () => false,
): Promise<{ conversations: number; visitors: number }> {
  const total = { conversations: 0, visitors: 0 };
  const agents = await ctx.db.as(SYSTEM, (trx) => trx.selectFrom("agents").select(["id", "config"]).execute());
  const terms = agents
    .map(({ id, config }): Term => ({ agent_id: id, days: retentionDaysOf(config) }))
    .filter(({ days }) => days > 0);
  for (const sweep of [sweepIdle, sweepLonely]) {
    let count = BATCH_MAX;
    while (count === BATCH_MAX && !isOver()) {
      const gone = await ctx.db.as(SYSTEM, async (trx) => ((await isMine(trx)) ? sweep(trx, termRows(terms)) : null));
      // Another node is at it.
      if (!gone) return total;
      tellErased(ctx, gone);
      count = Math.max(gone.conversations.length, gone.visitors.length);
      total.conversations += gone.conversations.length;
      total.visitors += gone.visitors.length;
    }
  }
  return total;
}

async function isMine(trx: Trx): Promise<boolean> {
  const { rows } = await sql<{ is_mine: boolean }>`select pg_try_advisory_xact_lock(${SWEEP_LOCK}::bigint) as is_mine`.execute(
    trx,
  );
  return rows[0]!.is_mine;
}

/** As rows `t`, so that all agents are looked at in one statement. */
const termRows = (terms: readonly Term[]) =>
  sql`(select r.agent_id, now() - make_interval(days => r.days) as until
         from jsonb_to_recordset(${JSON.stringify(terms)}::jsonb) as r (agent_id uuid, days integer)) t`;
type TermRows = ReturnType<typeof termRows>;

async function sweepIdle(trx: Trx, terms: TermRows): Promise<Gone> {
  // Two ranges of one index, in which conversations without a message stand apart.
  const old = await sql<{ id: string }>`
    select id from public.conversations where id = any (array(
      select o.id from ${terms} cross join lateral (
        (select id from public.conversations where agent_id = t.agent_id and last_message_at < t.until
          order by last_message_at limit ${BATCH_MAX}::integer)
        union all
        (select id from public.conversations where agent_id = t.agent_id and last_message_at is null and created_at < t.until
          limit ${BATCH_MAX}::integer)) o
      limit ${BATCH_MAX}::integer))
    for update skip locked`.execute(trx);
  if (old.rows.length === 0) return { visitors: [], conversations: [] };
  // A statement of its own: it sees what was written before the locks were there.
  const { rows: conversations } = await sql<{ id: string; client_id: string; visitor_id: string | null }>`
    delete from public.conversations c using ${terms}
     where c.id in (select value::uuid from jsonb_array_elements_text(${JSON.stringify(old.rows.map(({ id }) => id))}::jsonb))
       and c.agent_id = t.agent_id and coalesce(c.last_message_at, c.created_at) < t.until
    returning c.id, c.client_id, c.visitor_id`.execute(trx);
  const visitorIds = conversations.flatMap(({ visitor_id }) => visitor_id ?? []);
  return { conversations, visitors: await deleteLonely(trx, visitorIds) };
}

/** Visitors whom an earlier sweep had to leave, because they were busy. */
async function sweepLonely(trx: Trx, terms: TermRows): Promise<Gone> {
  const { rows } = await sql<{ id: string }>`
    select o.id from ${terms} cross join lateral (
      select v.id from public.visitors v
       where v.agent_id = t.agent_id and v.last_seen_at < t.until
         and not exists (select from public.conversations c where c.visitor_id = v.id)
       limit ${BATCH_MAX}::integer) o
    limit ${BATCH_MAX}::integer`.execute(trx);
  return {
    conversations: [],
    visitors: await deleteLonely(
      trx,
      rows.map(({ id }) => id),
    ),
  };
}

/** Those of these visitors who have no conversation: locked first, so that nobody begins one for them meanwhile. */
async function deleteLonely(trx: Trx, ids: readonly string[]): Promise<{ id: string }[]> {
  if (ids.length === 0) return [];
  const locked = await trx.selectFrom("visitors").select("id").where("id", "in", ids).forUpdate().skipLocked().execute();
  if (locked.length === 0) return [];
  return await trx
    .deleteFrom("visitors as v")
    .where(
      "v.id",
      "in",
      locked.map(({ id }) => id),
    )
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom("conversations as c").select("c.id").whereRef("c.visitor_id", "=", "v.id"))),
    )
    .returning("v.id")
    .execute();
}
