import { sql } from "kysely";
import type { DayLimits } from "../../../protocol/resources.ts";
import { sqlState, type Database } from "../../db/database.ts";
import { agentNotFound, AppError } from "../../errors.ts";

/** On whose account a model is asked. */
export interface Spender {
  agent_id: string;
  /** null: nobody's, for example when an operator tries something out. */
  visitor_id: string | null;
  /** The reply it is for, which counts once; null: no reply of a visitor. */
  job_id: string | null;
  limits: DayLimits;
}
export interface CallCost {
  tokens: number;
  micro_usd: number;
}
type Scope = "agent" | "visitor";

/** Whoever did not settle by then is dead, or the model is; longer than any call may take. */
const EXPIRES_MS = 15 * 60_000;

/**
 * Sets aside what a call may cost most, before it is made; returns what `settleCall` needs. Throws QUOTA_EXCEEDED (with `scope` and
 * `retry_after_ms`), AGENT_NOT_FOUND, and INTERNAL_ERROR when the database does not answer: then nothing is asked either.
 */
export async function reserveCall(db: Database, spender: Spender, most: CallCost): Promise<string> {
  const limits = JSON.stringify(inMillionths(spender.limits));
  type Row = { call_id: string | null; refused_scope: Scope; refused_by: string; resets_in_ms: number };
  let row: Row;
  try {
    [row] = (await db.call<Row>(sql`
      select * from renus.reserve_model_call(${spender.agent_id}::uuid, ${spender.visitor_id}::uuid, ${spender.job_id}::uuid,
        ${most.tokens}::bigint, ${most.micro_usd}::bigint, ${limits}::jsonb, ${EXPIRES_MS}::float8)`)) as [Row];
  } catch (err) {
    if (sqlState(err) === "RN404") throw agentNotFound(spender.agent_id);
    throw Object.assign(new AppError("INTERNAL_ERROR", "The limits could not be checked. Please try again."), { cause: err });
  }
  if (row.call_id !== null) return row.call_id;
  const whose = row.refused_scope === "agent" ? "This agent has" : "You have";
  throw new AppError("QUOTA_EXCEEDED", `${whose} reached the limit for today. It starts anew at midnight UTC.`, {
    scope: row.refused_scope,
    limit: row.refused_by,
    retry_after_ms: Math.max(1, Math.ceil(row.resets_in_ms)),
  });
}

function inMillionths(limits: DayLimits): Record<Scope, Record<string, number>> {
  const millionths = (usd: number) => Math.round(usd * 1_000_000);
  return {
    agent: { replies: limits.replies_per_day, tokens: limits.tokens_per_day, micro_usd: millionths(limits.usd_per_day) },
    visitor: {
      replies: limits.visitor_replies_per_day,
      tokens: limits.visitor_tokens_per_day,
      micro_usd: millionths(limits.visitor_usd_per_day),
    },
  };
}
