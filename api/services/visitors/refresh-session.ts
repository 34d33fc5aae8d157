import { sql } from "kysely";
import type { PublicSession } from "../../../protocol/resources.ts";
import { SYSTEM, type VisitorActor } from "../../db/actor.ts";
import { authError } from "../../errors.ts";
import type { PageOrigin } from "../../lib/origins.ts";
import { signVisitorToken } from "../auth/tokens.ts";
import { toPublicAgent } from "../agents/to-agent.ts";
import type { ServiceContext } from "../context.ts";
import { requireOrigin } from "./check-origin.ts";
import { findPublicAgent } from "./find-public-agent.ts";

/** A new token for the same visitor, with their latest conversation. Throws AUTH_ERROR, AGENT_NOT_FOUND, FORBIDDEN (the website). */
export async function refreshPublicSession(
  ctx: ServiceContext<VisitorActor>,
  input: { page: PageOrigin },
): Promise<PublicSession> {
  const { visitor_id: visitorId } = ctx.actor;
  const { agent, conversationId } = await ctx.db.as(SYSTEM, async (trx) => {
    const visitor = await trx
      .updateTable("visitors")
      .set({ last_seen_at: sql`now()` })
      .where("id", "=", visitorId)
      .returning(["id", "agent_id"])
      .executeTakeFirst();
    const conversation = await trx
      .selectFrom("conversations")
      .select("id")
      .where("visitor_id", "=", visitorId)
      .orderBy(sql`coalesce(last_message_at, created_at)`, "desc")
      .orderBy("id", "desc")
      .limit(1)
      .executeTakeFirst();
    // The token outlived what it opened.
    if (!visitor || !conversation) throw authError("This session has ended. Start a new one.");
    const found = await findPublicAgent(trx, { id: visitor.agent_id });
    requireOrigin(found, input.page);
    return { agent: found, conversationId: conversation.id };
  });
  const token = await signVisitorToken(ctx, { visitor_id: visitorId, agent_id: agent.id, client_id: agent.client_id });
  return { ...token, visitor_id: visitorId, conversation_id: conversationId, agent: toPublicAgent(agent) };
}
