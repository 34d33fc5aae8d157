import { sql, type RawBuilder } from "kysely";
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
        ...begunIn(begun, isCurrent),
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
      series: seriesOf(scope, begun.series, said),
      topics: topicsOf(
        answered.filter((one) => one.is_current),
        rated.filter((one) => one.is_current),
        await handOffsOf(trx, scope),
      ),
      sources: begun.sources,
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

const upToHour = (date: Date): Date => new Date(Math.ceil(date.getTime() / HOUR_MS) * HOUR_MS);
const downToHour = (date: Date): Date => new Date(Math.floor(date.getTime() / HOUR_MS) * HOUR_MS);
/** Companies with `summed`: from when on nothing has been added up. */
const summedCompanies = (scope: Scope) => sql`(
  select c.id, greatest(u.until, ${at(scope.before)}) as summed from ${companies(scope)} c left join hour_figures_until u on u.client_id = c.id)`;
/** What has been added up of the hours that lie in one of the two periods as a whole. */
const wholeHours = ({ before, from }: Scope) => sql`hour_figures h
         where h.client_id = k.id and h.hour >= ${at(upToHour(before))} and h.hour < k.summed
           and not (h.hour >= ${at(downToHour(from))} and h.hour < ${at(upToHour(from))})`;
/** The rest of the two periods: what has not been added up, and of what has been the two hours in which they begin. */
const otherTimes = ({ before, from, to }: Scope) => sql`(
            select k.summed as begins, ${at(to)} as ends
            union all select ${at(before)}, ${at(upToHour(before))} where k.summed > ${at(before)}
            union all select ${at(downToHour(from))}, ${at(upToHour(from))} where k.summed > ${at(from)})`;
const sum = <K extends string>(rows: readonly Record<K, number>[], key: K): number =>
  rows.reduce((total, row) => total + row[key], 0);

type Begun = Pick<OverviewTotals, "conversations" | "hand_offs" | "median_first_reply_ms" | "handled_without_person">;
const NONE_BEGUN: Begun = { conversations: 0, hand_offs: 0, median_first_reply_ms: null, handled_without_person: null };

function begunIn({ figures }: BegunOf, isCurrent: boolean): Begun {
  const { is_current: _, ...found } = figures.find((one) => one.is_current === isCurrent) ?? {
    is_current: isCurrent,
    ...NONE_BEGUN,
  };
  return found;
}

interface BegunOf {
  figures: readonly (Begun & { is_current: boolean })[];
  /** Of the period, by the begin of an hour or a day; those in which none began are left out. */
  series: readonly { at: string; conversations: number }[];
  sources: Overview["sources"];
}
/** The conversations of both periods, read once. */
async function begunOf(trx: Trx, scope: Scope): Promise<BegunOf> {
  const list = (statement: RawBuilder<unknown>) => sql`(select coalesce(jsonb_agg(l), '[]') from (${statement}) l)`;
  const { rows } = await sql<BegunOf>`
    with begun as materialized (
      select c.created_at >= ${at(scope.from)} as is_current, ${bucket(scope, "c.created_at")} as at, c.source, c.has_operator,
             c.first_answered_at, c.first_answered_at - c.first_asked_at as waited
        from ${companies(scope)} k join conversations c on c.client_id = k.id
       where c.created_at >= ${at(scope.before)} and c.created_at < ${at(scope.to)} and c.last_seq > 0 ${isAgent(scope, "c")})
    select ${list(sql`
             select is_current, count(*)::int as conversations, count(*) filter (where has_operator)::int as hand_offs,
                    percentile_cont(0.5) within group (order by extract(epoch from waited) * 1000)
                      filter (where waited >= interval '0')::float8 as median_first_reply_ms,
                    (avg(case when has_operator then 0 else 1 end) filter (where first_answered_at is not null))::float8
                      as handled_without_person
               from begun group by 1`)} as figures,
           ${list(sql`select ${timeText("at")} as at, count(*)::int as conversations from begun where is_current group by begun.at`)} as series,
           ${list(sql`
             select source, count(*)::int as conversations from begun where is_current
              group by source order by conversations desc, source nulls last limit ${sql.lit(ROWS_MAX)}`)} as sources`.execute(
    trx,
  );
  return rows[0]!;
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
      from ${summedCompanies(scope)} k cross join lateral (
        select h.hour >= ${at(scope.from)} as is_current,
               case when h.hour >= ${at(scope.from)} then ${bucket(scope, "h.hour")} end as at, sum(h.messages) as messages, sum(h.replies) as replies
          from ${wholeHours(scope)} ${isAgent(scope, "h")}
         group by 1, 2
        union all
        select m.created_at >= ${at(scope.from)} as is_current,
               case when m.created_at >= ${at(scope.from)} then ${bucket(scope, "m.created_at")} end as at,
               count(*) filter (where m.role <> 'system') as messages,
               count(*) filter (where m.role = 'assistant' and m.status in ('complete', 'cancelled')) as replies
          from ${otherTimes(scope)} r join messages m on m.client_id = k.id and m.created_at >= r.begins and m.created_at < r.ends
         where true ${ofAgent(scope, "m")}
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
      from ${summedCompanies(scope)} k cross join lateral (
        select h.hour >= ${at(scope.from)} as is_current, h.topic, h.model, sum(h.volume) as volume, sum(h.fallbacks) as fallbacks,
               sum(h.prompt_tokens) as prompt_tokens, sum(h.completion_tokens) as completion_tokens
          from ${wholeHours(scope)} ${isAgent(scope, "h")}
         group by 1, 2, 3
        union all
        select t.created_at >= ${at(scope.from)} as is_current, t.topic, t.model, count(*) as volume,
               count(*) filter (where t.is_fallback) as fallbacks,
               sum(t.prompt_tokens) as prompt_tokens, sum(t.completion_tokens) as completion_tokens
          from ${otherTimes(scope)} r join message_traces t on t.client_id = k.id and t.created_at >= r.begins and t.created_at < r.ends
         where true ${isAgent(scope, "t")}
         group by 1, 2, 3) f
     group by 1, 2, 3 having sum(f.volume) > 0`.execute(trx);
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
    select f.is_current, f.has_trace, f.topic, sum(f.thumbs_up)::int as thumbs_up, sum(f.thumbs_down)::int as thumbs_down
      from ${summedCompanies(scope)} k cross join lateral (
        select h.hour >= ${at(scope.from)} as is_current, h.model is not null as has_trace, h.topic,
               sum(h.thumbs_up) as thumbs_up, sum(h.thumbs_down) as thumbs_down
          from ${wholeHours(scope)} and (h.thumbs_up <> 0 or h.thumbs_down <> 0) ${isAgent(scope, "h")}
         group by 1, 2, 3
        union all
        select m.created_at >= ${at(scope.from)} as is_current, coalesce(t.has_trace, false) as has_trace, t.topic,
               count(*) filter (where m.feedback = 'up') as thumbs_up, count(*) filter (where m.feedback = 'down') as thumbs_down
          from ${otherTimes(scope)} r join messages m on m.client_id = k.id and m.created_at >= r.begins and m.created_at < r.ends
          -- One by one: PostgreSQL would read all traces there are.
          left join lateral (select true as has_trace, topic from message_traces where message_id = m.id limit 1) t on true
         where m.feedback is not null ${ofAgent(scope, "m")}
         group by 1, 2, 3) f
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
function seriesOf({ from, to, unit }: Scope, begun: BegunOf["series"], said: readonly Said[]): Overview["series"] {
  const ms = unit === "hour" ? HOUR_MS : 24 * HOUR_MS;
  const begunAt = new Map(begun.map((one) => [one.at, one.conversations]));
  const saidAt = new Map(said.map((one) => [one.at, one]));
  const series: Overview["series"] = [];
  for (let time = Math.floor(from.getTime() / ms) * ms; time <= to.getTime(); time += ms) {
    const start = new Date(time).toISOString().replace(".000Z", "Z");
    const { messages = 0, replies = 0 } = saidAt.get(start) ?? {};
    series.push({ at: start, conversations: begunAt.get(start) ?? 0, messages, replies });
  }
  return series;
}
