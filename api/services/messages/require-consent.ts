import { sql } from "kysely";
import { SYSTEM, type VisitorActor } from "../../db/actor.ts";
import { AppError } from "../../errors.ts";
import { consentOf } from "../agents/to-agent.ts";
import type { ServiceContext } from "../context.ts";

/** Throws CONSENT_REQUIRED, with what to agree to, while the visitor has not agreed to what their agent asks for. */
export async function requireConsent(ctx: ServiceContext<VisitorActor>): Promise<void> {
  const { rows } = await ctx.db.as(ctx.actor, (trx) =>
    sql<{ owes: boolean }>`select renus.visitor_owes_consent() as owes`.execute(trx),
  );
  if (!rows[0]!.owes) return;
  const agent = await ctx.db.as(SYSTEM, (trx) =>
    trx.selectFrom("agents").select("config").where("id", "=", ctx.actor.agent_id).executeTakeFirst(),
  );
  const consent = agent && consentOf(agent.config);
  if (!consent) return;
  throw new AppError("CONSENT_REQUIRED", `Please read this and agree before you write: ${consent.text}`, { consent });
}
