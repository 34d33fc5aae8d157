import { sql } from "kysely";
import type { z } from "zod";
import type { overviewQuery } from "../../../protocol/requests.ts";
import type { Overview, OverviewTotals } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import type { Trx } from "../../db/database.ts";
import type { ServiceContext } from "../context.ts";
import { estimateCost, type ModelTokens } from "../limits/prices.ts";

const HOUR_MS = 3_600_000;
const SPANS = {
  "24h": { ms: 24 * HOUR_MS, unit: "hour" },
  "7d": { ms: 7 * 24 * HOUR_MS, unit: "day" },
  "30d": { ms: 30 * 24 * HOUR_MS, unit: "day" },
} as const;
const ROWS_MAX = 50;

interface Scope {
  /** Null: all that the caller may see. */
  agentId: string | null;
  /** Begin of the period before, of the period, and its end. */
  before: Date;
  from: Date;
  to: Date;
  unit: "hour" | "day";
}

/** What happened in the conversations that the caller may see, up to now. */
export async function getOverview(ctx: ServiceContext<UserActor>, input: z.output<typeof overviewQuery>): Promise<Overview> {
  const { ms, unit } = SPANS[input.period];
  const to = new Date();
  const [from, before] = [new Date(to.getTime() - ms), new Date(to.getTime() - 2 * ms)];
  const scope: Scope = { agentId: input.agent_id ?? null, before, from, to, unit };
  return await ctx.db.as(ctx.actor, async (trx) => {
    // Compiling these plans takes longer than running them, and no sort of theirs should go to the disk.
    await sql`select set_config('jit', 'off', true), set_config('work_mem', '32MB', true)`.execute(trx);
    const begun = await begunOf(trx, scope);
    const said = await saidOf(trx, scope);
    const answered = await answeredOf(trx, scope);
    const rated = await ratedOf(trx, scope);
    const totals = (isCurrent: boolean): OverviewTotals => {
      const thumbs = rated.filter((one) => one.is_current === isCurrent);
      const lines = said.filter((one) => one.is_current === isCurrent);
      return {
        ...(begun.find((one) => one.is_current === isCurrent)?.figures ?? NONE_BEGUN),
        messages: sum(lines, "messages"),
        replies: sum(lines, "replies"),
        thumbs_up: sum(thumbs, "thumbs_up"),
        thumbs_down: sum(thumbs, "thumbs_down"),
        ...tokensOf(answered.filter((one) => one.is_current === isCurrent)),
      };
    };
    return {
      from: from.toISOString(),
      to: to.toISOString(),
      totals: totals(true),
      previous: totals(false),
      series: await seriesOf(trx, scope, said),
      topics: topicsOf(
        answered.filter((one) => one.is_current),
        rated.filter((one) => one.is_current),
        await handOffsOf(trx, scope),
      ),
      sources: await sourcesOf(trx, scope),
    };
  });
}

const at = (date: Date) => sql`${date.toISOString()}::timestamptz`;
/**
 * Company by company: beside "the caller's or, for administrators, all" of row-level security PostgreSQL would not take the
 * indexes that begin with the company.
 */
const companies = ({ agentId }: Scope) =>
  agentId === null
    ? sql`(select id from clients)`
    : sql`(select id from clients where id = (select client_id from agents where id = ${agentId}::uuid))`;
const isAgent = ({ agentId }: Scope, alias: string) =>
  agentId === null ? sql`` : sql`and ${sql.ref(`${alias}.agent_id`)} = ${agentId}::uuid`;
const ofAgent = ({ agentId }: Scope, alias: string) =>
  agentId === null
    ? sql``
    : sql`and ${sql.ref(`${alias}.conversation_id`)} in (select id from conversations where agent_id = ${agentId}::uuid)`;
const sum = <K extends string>(rows: readonly Record<K, number>[], key: K): number =>
  rows.reduce((total, row) => total + row[key], 0);

type Begun = Pick<OverviewTotals, "conversations" | "hand_offs" | "median_first_reply_ms" | "handled_without_person">;
const NONE_BEGUN: Begun = { conversations: 0, hand_offs: 0, median_first_reply_ms: null, handled_without_person: null };

async function begunOf(trx: Trx, scope: Scope): Promise<{ is_current: boolean; figures: Begun }[]> {
  const { rows } = await sql<Begun & { is_current: boolean }>`
    select c.created_at >= ${at(scope.from)} as is_current, count(*)::int as conversations,
           count(*) filter (where c.has_operator)::int as hand_offs,
           percentile_cont(0.5) within group (order by extract(epoch from c.first_answered_at - c.first_asked_at) * 1000)
             filter (where c.first_answered_at >= c.first_asked_at)::float8 as median_first_reply_ms,
           (avg(case when c.has_operator then 0 else 1 end) filter (where c.first_answered_at is not null))::float8
             as handled_without_person
      from ${companies(scope)} k join conversations c on c.client_id = k.id
     where c.created_at >= ${at(scope.before)} and c.created_at < ${at(scope.to)} and c.last_seq > 0 ${isAgent(scope, "c")}
     group by 1`.execute(trx);
  return rows.map(({ is_current, ...figures }) => ({ is_current, figures }));
}

interface Said {
  is_current: boolean;
  /** Begin of the hour or the day; null before the period. */
  at: string | null;
  messages: number;
  replies: number;
}
async function saidOf(trx: Trx, scope: Scope): Promise<Said[]> {
  const { rows } = await sql<Said>`
    select f.is_current, ${timeText("f.at")} as at, sum(f.messages)::int as messages, sum(f.replies)::int as replies
      from ${companies(scope)} k cross join lateral (
        select m.created_at >= ${at(scope.from)} as is_current,
               case when m.created_at >= ${at(scope.from)} then ${bucket(scope, "m.created_at")} end as at,
               count(*) filter (where m.role <> 'system') as messages,
               count(*) filter (where m.role = 'assistant' and m.status in ('complete', 'cancelled')) as replies
          from messages m
         where m.client_id = k.id and m.created_at >= ${at(scope.before)} and m.created_at < ${at(scope.to)} ${ofAgent(scope, "m")}
         group by 1, 2) f
     group by 1, 2`.execute(trx);
  return rows;
}

interface Answered extends ModelTokens {
  is_current: boolean;
  topic: string | null;
  volume: number;
  fallbacks: number;
}
async function answeredOf(trx: Trx, scope: Scope): Promise<Answered[]> {
  const { rows } = await sql<Answered>`
    select f.is_current, f.topic, f.model, sum(f.volume)::int as volume, sum(f.fallbacks)::int as fallbacks,
           coalesce(sum(f.prompt_tokens), 0)::float8 as prompt_tokens, coalesce(sum(f.completion_tokens), 0)::float8 as completion_tokens
      from ${companies(scope)} k cross join lateral (
        select t.created_at >= ${at(scope.from)} as is_current, t.topic, t.model, count(*) as volume,
               count(*) filter (where t.is_fallback) as fallbacks,
               sum(t.prompt_tokens) as prompt_tokens, sum(t.completion_tokens) as completion_tokens
          from message_traces t
         where t.client_id = k.id and t.created_at >= ${at(scope.before)} and t.created_at < ${at(scope.to)} ${isAgent(scope, "t")}
         group by 1, 2, 3) f
     group by 1, 2, 3`.execute(trx);
  return rows;
}
const tokensOf = (used: readonly ModelTokens[]) => ({
  prompt_tokens: sum(used, "prompt_tokens"),
  completion_tokens: sum(used, "completion_tokens"),
  estimated_cost_usd: estimateCost(used),
});

interface Rated {
  is_current: boolean;
  /** Undefined: the message has no trace. */
  topic: string | null | undefined;
  thumbs_up: number;
  thumbs_down: number;
}
async function ratedOf(trx: Trx, scope: Scope): Promise<Rated[]> {
  const { rows } = await sql<Rated & { has_trace: boolean }>`
    select m.created_at >= ${at(scope.from)} as is_current, t.message_id is not null as has_trace, t.topic,
           count(*) filter (where m.feedback = 'up')::int as thumbs_up, count(*) filter (where m.feedback = 'down')::int as thumbs_down
      from ${companies(scope)} k join messages m on m.client_id = k.id left join message_traces t on t.message_id = m.id
     where m.feedback is not null and m.created_at >= ${at(scope.before)} and m.created_at < ${at(scope.to)} ${ofAgent(scope, "m")}
     group by 1, 2, 3`.execute(trx);
  return rows.map(({ has_trace, topic, ...row }) => ({ ...row, topic: has_trace ? topic : undefined }));
}

/** Topic → conversations of it in which a person wrote. */
async function handOffsOf(trx: Trx, scope: Scope): Promise<Map<string | null, number>> {
  const { rows } = await sql<{ topic: string | null; hand_offs: number }>`
    select t.topic, count(distinct c.id)::int as hand_offs
      from ${companies(scope)} k join conversations c on c.client_id = k.id
      join messages m on m.conversation_id = c.id join message_traces t on t.message_id = m.id
     where c.has_operator and c.last_message_at >= ${at(scope.from)}
           and t.created_at >= ${at(scope.from)} and t.created_at < ${at(scope.to)} ${isAgent(scope, "c")}
     group by 1`.execute(trx);
  return new Map(rows.map(({ topic, hand_offs }) => [topic, hand_offs]));
}

function topicsOf(
  answered: readonly Answered[],
  rated: readonly Rated[],
  handOffs: ReadonlyMap<string | null, number>,
): Overview["topics"] {
  const byTopic = Map.groupBy(answered, ({ topic }) => topic);
  return [...byTopic]
    .map(([topic, models]) => {
      const thumbs = rated.filter((one) => one.topic === topic);
      const volume = sum(models, "volume");
      return {
        topic,
        volume,
        fallback_share: sum(models, "fallbacks") / volume,
        hand_offs: handOffs.get(topic) ?? 0,
        thumbs_up: sum(thumbs, "thumbs_up"),
        thumbs_down: sum(thumbs, "thumbs_down"),
        ...tokensOf(models),
      };
    })
    .toSorted((a, b) => b.volume - a.volume || (a.topic ?? "\uffff").localeCompare(b.topic ?? "\uffff"))
    .slice(0, ROWS_MAX);
}

// In UTC, from any midnight of it: cheaper than to truncate each time in its calendar.
const bucket = ({ unit }: Scope, column: string) =>
  sql`date_bin(${sql.lit(`1 ${unit}`)}::interval, ${sql.ref(column)}, timestamptz '2000-01-01 00:00:00+00')`;
const timeText = (column: string) => sql`to_char(${sql.ref(column)} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;

/** Each hour or day of the period, also those in which nothing happened. */
async function seriesOf(trx: Trx, scope: Scope, said: readonly Said[]): Promise<Overview["series"]> {
  const { rows } = await sql<{ at: string; conversations: number }>`
    with begun as (
      select ${bucket(scope, "c.created_at")} as at, count(*)::int as conversations
        from ${companies(scope)} k join conversations c on c.client_id = k.id
       where c.created_at >= ${at(scope.from)} and c.created_at < ${at(scope.to)} and c.last_seq > 0 ${isAgent(scope, "c")}
       group by 1),
    buckets as (
      select generate_series(date_bin(${sql.lit(`1 ${scope.unit}`)}::interval, ${at(scope.from)}, timestamptz '2000-01-01 00:00:00+00'),
                             ${at(scope.to)}, ${sql.lit(`1 ${scope.unit}`)}::interval) as at)
    select ${timeText("buckets.at")} as at, coalesce(begun.conversations, 0) as conversations
      from buckets left join begun using (at) order by buckets.at`.execute(trx);
  const saidAt = new Map(said.map((one) => [one.at, one]));
  return rows.map((row) => {
    const { messages = 0, replies = 0 } = saidAt.get(row.at) ?? {};
    return { ...row, messages, replies };
  });
}

async function sourcesOf(trx: Trx, scope: Scope): Promise<Overview["sources"]> {
  const { rows } = await sql<Overview["sources"][number]>`
    select c.source, count(*)::int as conversations
      from ${companies(scope)} k join conversations c on c.client_id = k.id
     where c.created_at >= ${at(scope.from)} and c.created_at < ${at(scope.to)} and c.last_seq > 0 ${isAgent(scope, "c")}
     group by c.source order by conversations desc, c.source nulls last limit ${sql.lit(ROWS_MAX)}`.execute(trx);
  return rows;
}
