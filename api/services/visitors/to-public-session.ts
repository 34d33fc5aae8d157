import type { PublicSession } from "../../../protocol/resources.ts";
import { toPublicAgent, type AgentRow } from "../agents/to-agent.ts";
import { signVisitorToken } from "../auth/tokens.ts";
import type { ServiceContext } from "../context.ts";
import type { VisitorRow } from "./recognise-visitor.ts";

/** The token and what it opens. */
export async function toPublicSession(
  ctx: Omit<ServiceContext, "actor">,
  { agent, visitor, conversationId }: { agent: AgentRow; visitor: VisitorRow; conversationId: string },
): Promise<PublicSession> {
  const token = await signVisitorToken(ctx, { visitor_id: visitor.id, agent_id: agent.id, client_id: agent.client_id });
  const { name, email, is_verified: verified } = visitor;
  return {
    ...token,
    visitor_id: visitor.id,
    conversation_id: conversationId,
    agent: toPublicAgent(agent),
    user: { name, email, verified },
  };
}
