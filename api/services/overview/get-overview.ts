import { sql } from "kysely";
import type { z } from "zod";
import type { overviewQuery } from "../../../protocol/requests.ts";
import type { Overview, OverviewTotals } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import type { Trx } from "../../db/database.ts";
import type { ServiceContext } from "../context.ts";
import { estimateCost, type ModelTokens } from "./prices.ts";

const HOUR_MS = 3_600_000;
const SPANS = {
  "24h": { ms: 24 * HOUR_MS, unit: "hour" },
  "7d": { ms: 7 * 24 * HOUR_MS, unit: "day" },
  "30d": { ms: 30 * 24 * HOUR_MS, unit: "day" },
} as const;
const ROWS_MAX = 50;

/** What happened in the conversations that the caller may see, up to now. */
export async function getOverview(ctx: ServiceContext<UserActor>, input: z.output<typeof overviewQuery>): Promise<Overview> {
  const { ms, unit } = SPANS[input.period];
  const to = new Date();
  const [from, before] = [new Date(to.getTime() - ms), new Date(to.getTime() - 2 * ms)];
  return await ctx.db.as(ctx.actor, async (trx) => {
    const agentId = input.agent_id ?? null;
    const [used, usedBefore] = [await tokensOf(trx, agentId, from, to), await tokensOf(trx, agentId, before, from)];
    return {
      from: from.toISOString(),
      to: to.toISOString(),
      totals: { ...(await totalsOf(trx, agentId, from, to)), ...sumOf(used) },
      previous: { ...(await totalsOf(trx, agentId, before, from)), ...sumOf(usedBefore) },
      series: await seriesOf(trx, agentId, from, to, unit),
      topics: await topicsOf(trx, agentId, from, to, used),
      sources: await sourcesOf(trx, agentId, from, to),
    };
  });
}

/** `alias` names a table with the column `conversation_id`. */
const ofAgent = (agentId: string | null, alias: string) =>
  agentId === null
    ? sql``
    : sql`and ${sql.ref(`${alias}.conversation_id`)} in (select id from conversations where agent_id = ${agentId}::uuid)`;
const isAgent = (agentId: string | null) => (agentId === null ? sql`` : sql`and agent_id = ${agentId}::uuid`);
const within = (column: string, from: Date, to: Date) =>
  sql`${sql.ref(column)} >= ${from.toISOString()}::timestamptz and ${sql.ref(column)} < ${to.toISOString()}::timestamptz`;

type Figures = Omit<OverviewTotals, "estimated_cost_usd" | "prompt_tokens" | "completion_tokens">;

async function totalsOf(trx: Trx, agentId: string | null, from: Date, to: Date): Promise<Figures> {
  const { rows } = await sql<Figures>`
    with begun as (
      select id from conversations where ${within("created_at", from, to)} and last_seq > 0 ${isAgent(agentId)}),
    first_lines as (
      select b.id,
             min(m.created_at) filter (where m.role = 'visitor') as asked_at,
             min(m.created_at) filter (where m.role = 'operator' or (m.role = 'assistant' and m.status <> 'failed')) as answered_at,
             bool_or(m.role = 'operator') as by_person
        from begun b join messages m on m.conversation_id = b.id
       group by b.id),
    said as (
      select count(*) filter (where m.role <> 'system')::int as messages,
             count(*) filter (where m.role = 'assistant' and m.status in ('complete', 'cancelled'))::int as replies,
             count(*) filter (where m.feedback = 'up')::int as thumbs_up,
             count(*) filter (where m.feedback = 'down')::int as thumbs_down
        from messages m where ${within("m.created_at", from, to)} ${ofAgent(agentId, "m")})
    select (select count(*)::int from begun) as conversations, said.*,
           (select percentile_cont(0.5) within group (order by extract(epoch from answered_at - asked_at) * 1000)
              from first_lines where answered_at >= asked_at)::float8 as median_first_reply_ms,
           (select count(*)::int from first_lines where by_person) as hand_offs,
           (select avg(case when by_person then 0 else 1 end)::float8 from first_lines where answered_at is not null)
             as handled_without_person
      from said`.execute(trx);
  return rows[0]!;
}

interface TopicTokens extends ModelTokens {
  topic: string | null;
}
async function tokensOf(trx: Trx, agentId: string | null, from: Date, to: Date): Promise<TopicTokens[]> {
  const { rows } = await sql<TopicTokens>`
    select t.trace ->> 'topic' as topic, t.trace ->> 'model' as model,
           coalesce(sum((t.trace #>> '{tokens,prompt}')::int), 0)::float8 as prompt_tokens,
           coalesce(sum((t.trace #>> '{tokens,completion}')::int), 0)::float8 as completion_tokens
      from message_traces t
     where ${within("t.created_at", from, to)}
           ${agentId === null ? sql`` : sql`and t.message_id in (select m.id from messages m join conversations c on c.id = m.conversation_id where c.agent_id = ${agentId}::uuid)`}
     group by 1, 2`.execute(trx);
  return rows;
}
const sumOf = (used: readonly ModelTokens[]) => ({
  prompt_tokens: used.reduce((sum, one) => sum + one.prompt_tokens, 0),
  completion_tokens: used.reduce((sum, one) => sum + one.completion_tokens, 0),
  estimated_cost_usd: estimateCost(used),
});

async function seriesOf(
  trx: Trx,
  agentId: string | null,
  from: Date,
  to: Date,
  unit: "hour" | "day",
): Promise<Overview["series"]> {
  const bucket = (column: string) => sql`date_trunc(${sql.lit(unit)}, ${sql.ref(column)}, 'UTC')`;
  const { rows } = await sql<Overview["series"][number]>`
    with buckets as (
      select generate_series(date_trunc(${sql.lit(unit)}, ${from.toISOString()}::timestamptz, 'UTC'), ${to.toISOString()}::timestamptz,
                             ${sql.lit(`1 ${unit}`)}::interval) as at),
    begun as (
      select ${bucket("created_at")} as at, count(*)::int as conversations
        from conversations where ${within("created_at", from, to)} and last_seq > 0 ${isAgent(agentId)} group by 1),
    said as (
      select ${bucket("m.created_at")} as at, count(*) filter (where m.role <> 'system')::int as messages,
             count(*) filter (where m.role = 'assistant' and m.status in ('complete', 'cancelled'))::int as replies
        from messages m where ${within("m.created_at", from, to)} ${ofAgent(agentId, "m")} group by 1)
    select to_char(b.at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as at,
           coalesce(begun.conversations, 0) as conversations, coalesce(said.messages, 0) as messages, coalesce(said.replies, 0) as replies
      from buckets b left join begun using (at) left join said using (at) order by b.at`.execute(trx);
  return rows;
}

async function topicsOf(
  trx: Trx,
  agentId: string | null,
  from: Date,
  to: Date,
  used: readonly TopicTokens[],
): Promise<Overview["topics"]> {
  const { rows } = await sql<Omit<Overview["topics"][number], "prompt_tokens" | "completion_tokens" | "estimated_cost_usd">>`
    with answered as (
      select t.trace ->> 'topic' as topic, t.trace #>> '{chosen,kind}' as kind, m.feedback, m.conversation_id
        from message_traces t join messages m on m.id = t.message_id
       where ${within("t.created_at", from, to)} ${ofAgent(agentId, "m")})
    select topic, count(*)::int as volume, avg(case when kind = 'agent' then 1 else 0 end)::float8 as fallback_share,
           count(distinct conversation_id) filter (where exists (
             select from messages o where o.conversation_id = answered.conversation_id and o.role = 'operator'))::int as hand_offs,
           count(*) filter (where feedback = 'up')::int as thumbs_up, count(*) filter (where feedback = 'down')::int as thumbs_down
      from answered group by topic order by volume desc, topic nulls last limit ${sql.lit(ROWS_MAX)}`.execute(trx);
  return rows.map((row) => ({ ...row, ...sumOf(used.filter(({ topic }) => topic === row.topic)) }));
}

async function sourcesOf(trx: Trx, agentId: string | null, from: Date, to: Date): Promise<Overview["sources"]> {
  const { rows } = await sql<Overview["sources"][number]>`
    select source, count(*)::int as conversations
      from conversations where ${within("created_at", from, to)} and last_seq > 0 ${isAgent(agentId)}
     group by source order by conversations desc, source nulls last limit ${sql.lit(ROWS_MAX)}`.execute(trx);
  return rows;
}
