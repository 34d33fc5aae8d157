import { SYSTEM, type VisitorActor } from "../../db/actor.ts";
import { AppError } from "../../errors.ts";
import { consentOf } from "../agents/to-agent.ts";
import type { ServiceContext } from "../context.ts";

/** CONSENT_REQUIRED with what the visitor's agent asks to agree to; null: it asks for nothing any more. */
export async function consentRequired(ctx: ServiceContext<VisitorActor>): Promise<AppError | null> {
  const agent = await ctx.db.as(SYSTEM, (trx) =>
    trx.selectFrom("agents").select("config").where("id", "=", ctx.actor.agent_id).executeTakeFirst(),
  );
  const consent = agent && consentOf(agent.config);
  if (!consent) return null;
  return new AppError("CONSENT_REQUIRED", `Please read this and agree before you write: ${consent.text}`, { consent });
}
