import type { z } from "zod";
import type { identifyBody } from "../../../protocol/requests.ts";
import type { PublicSession } from "../../../protocol/resources.ts";
import { SYSTEM, type VisitorActor } from "../../db/actor.ts";
import { sessionEnded } from "../../errors.ts";
import type { PageOrigin } from "../../lib/origins.ts";
import type { ServiceContext } from "../context.ts";
import { conversationEvent } from "../conversations/change-owner.ts";
import { requireOrigin } from "./check-origin.ts";
import { findPublicAgent } from "./find-public-agent.ts";
import { findVisitor, recogniseVisitor } from "./recognise-visitor.ts";
import { toPublicSession } from "./to-public-session.ts";
import { insertConversation, latestConversation, noteAbout } from "./visitor-conversations.ts";

/**
 * Who the visitor of a running session is, and what their page says. A person of the site may lead to another visitor and
 * their open conversation; the former one stays as it was. Throws AUTH_ERROR, AGENT_NOT_FOUND, FORBIDDEN (the website),
 * VALIDATION_ERROR (too much page context).
 */
export async function identifyVisitor(
  ctx: ServiceContext<VisitorActor>,
  input: z.output<typeof identifyBody> & { page: PageOrigin },
): Promise<PublicSession> {
  const { session, event } = await ctx.db.as(SYSTEM, async (trx) => {
    const agent = await findPublicAgent(trx, { id: ctx.actor.agent_id });
    requireOrigin(agent, input.page);
    const bearer = await findVisitor(trx, agent, ctx.actor.visitor_id);
    const visitor = bearer && (await recogniseVisitor(ctx, trx, agent, bearer, input));
    if (!visitor) throw sessionEnded();
    const here = await latestConversation(trx, bearer.id, false);
    const known = visitor.id === bearer.id ? here : await latestConversation(trx, visitor.id, true);
    // The page is the same one; what it said of one person is not said of the next.
    const about = { ...here, ...(bearer.external_id !== null && { meta: null }) };
    const { id: conversationId } = known ?? (await insertConversation(trx, agent, visitor.id, about));
    await noteAbout(trx, conversationId, { meta: input.meta });
    // Operators see beside the conversation who writes in it.
    return { session: { agent, visitor, conversationId }, event: await conversationEvent(trx, conversationId) };
  });
  ctx.bus.publish({ ...event, audience: "operators" });
  return await toPublicSession(ctx, session);
}
