import { sql } from "kysely";
import type { AgentUsage } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { findAgent } from "../agents/find-agent.ts";
import type { ServiceContext } from "../context.ts";
import { dayLimitsOf } from "./day-limits.ts";

/** What the agent has used up today, by the database's clock. Throws AGENT_NOT_FOUND. */
export async function getUsage(ctx: ServiceContext<UserActor>, input: { id: string }): Promise<AgentUsage> {
  type Row = {
    replies: number;
    tokens: number;
    micro_usd: number;
    refused_by: "replies" | "tokens" | "micro_usd" | null;
    refused_limit: number | null;
    visitors_stopped: number;
    resets_at: string;
  };
  const { agent, row } = await ctx.db.as(ctx.actor, async (trx) => {
    const found = await findAgent(trx, input.id);
    const { rows } = await sql<Row>`
      select coalesce(u.replies, 0) as replies, coalesce(u.tokens, 0) as tokens, coalesce(u.micro_usd, 0) as micro_usd,
             u.refused_by, u.refused_limit, t.today_ends as resets_at,
             (select count(*) from public.usage_days v
               where v.agent_id = ${found.id}::uuid and v.day = t.today and v.visitor_id is not null and v.refused_by is not null
             )::integer as visitors_stopped
        from (select d.today, (d.today + 1)::timestamp at time zone 'UTC' as today_ends
                from (select (clock_timestamp() at time zone 'UTC')::date as today) d) t
        left join public.usage_days u on u.agent_id = ${found.id}::uuid and u.visitor_id is null and u.day = t.today`.execute(
      trx,
    );
    return { agent: found, row: rows[0]! };
  });
  const limits = dayLimitsOf(agent.config);
  const inForce = {
    replies: limits.replies_per_day,
    tokens: limits.tokens_per_day,
    micro_usd: Math.round(limits.usd_per_day * 1_000_000),
  };
  // A limit that was raised since then stops nobody.
  const isReached = row.refused_by !== null && inForce[row.refused_by] <= row.refused_limit!;
  return {
    replies: row.replies,
    tokens: row.tokens,
    usd: row.micro_usd / 1_000_000,
    resets_at: row.resets_at,
    limits,
    reached: isReached ? (row.refused_by === "micro_usd" ? "usd" : row.refused_by) : null,
    visitors_stopped: row.visitors_stopped,
  };
}
