import type { PublicSession } from "../../../protocol/resources.ts";
import { SYSTEM, type VisitorActor } from "../../db/actor.ts";
import { sessionEnded } from "../../errors.ts";
import type { PageOrigin } from "../../lib/origins.ts";
import type { ServiceContext } from "../context.ts";
import { requireOrigin } from "./check-origin.ts";
import { findPublicAgent } from "./find-public-agent.ts";
import { touchVisitor } from "./recognise-visitor.ts";
import { toPublicSession } from "./to-public-session.ts";
import { latestConversation } from "./visitor-conversations.ts";

/** A new token for the same visitor, with their latest conversation. Throws AUTH_ERROR, AGENT_NOT_FOUND, FORBIDDEN (the website). */
export async function refreshPublicSession(
  ctx: ServiceContext<VisitorActor>,
  input: { page: PageOrigin },
): Promise<PublicSession> {
  const { visitor_id: visitorId, agent_id: agentId } = ctx.actor;
  const session = await ctx.db.as(SYSTEM, async (trx) => {
    const visitor = await touchVisitor(trx, { id: agentId }, visitorId);
    const conversation = await latestConversation(trx, visitorId, false);
    if (!visitor || !conversation) throw sessionEnded();
    const agent = await findPublicAgent(trx, { id: visitor.agent_id });
    requireOrigin(agent, input.page);
    return { agent, visitor, conversationId: conversation.id };
  });
  return await toPublicSession(ctx, session);
}
