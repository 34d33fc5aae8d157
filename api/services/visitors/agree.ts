import { sql } from "kysely";
import { SYSTEM, type VisitorActor } from "../../db/actor.ts";
import { sessionEnded } from "../../errors.ts";
import { consentOf } from "../agents/to-agent.ts";
import type { ServiceContext } from "../context.ts";

/** The visitor agrees to what their agent asks for now; nothing where it asks for nothing. Throws AUTH_ERROR when they were erased. */
export async function agreeToConsent(ctx: ServiceContext<VisitorActor>): Promise<void> {
  const { visitor_id, agent_id } = ctx.actor;
  await ctx.db.as(SYSTEM, async (trx) => {
    const agent = await trx.selectFrom("agents").select("config").where("id", "=", agent_id).executeTakeFirst();
    const consent = agent && consentOf(agent.config);
    const visitor = await trx
      .updateTable("visitors")
      .set(consent ? { consented_at: sql`now()`, consent_text: consent.text } : { last_seen_at: sql`now()` })
      .where("id", "=", visitor_id)
      .returning("id")
      .executeTakeFirst();
    if (!visitor) throw sessionEnded();
  });
}
