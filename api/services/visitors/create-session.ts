import { sql } from "kysely";
import type { z } from "zod";
import type { publicSessionBody } from "../../../protocol/requests.ts";
import type { PublicSession } from "../../../protocol/resources.ts";
import { SYSTEM, type VisitorActor } from "../../db/actor.ts";
import type { Trx } from "../../db/database.ts";
import type { PageOrigin } from "../../lib/origins.ts";
import { signVisitorToken } from "../auth/tokens.ts";
import { toPublicAgent, type AgentRow } from "../agents/to-agent.ts";
import type { ServiceContext } from "../context.ts";
import { requireOrigin } from "./check-origin.ts";
import { findPublicAgent } from "./find-public-agent.ts";

/**
 * A new conversation, and with it a new visitor unless `visitor` is one of this agent already. Counts as one access of the
 * agent. Throws AGENT_NOT_FOUND, FORBIDDEN (the website).
 */
export async function createPublicSession(
  ctx: Omit<ServiceContext, "actor">,
  input: z.output<typeof publicSessionBody> & { slug: string; visitor: VisitorActor | null; page: PageOrigin },
): Promise<PublicSession> {
  const { agent, visitorId, conversationId } = await ctx.db.as(SYSTEM, async (trx) => {
    const found = await findPublicAgent(trx, { slug: input.slug });
    requireOrigin(found, input.page);
    const visitor = (await touchVisitor(trx, found, input.visitor)) ?? (await insertVisitor(trx, found, input.locale));
    const conversation = await trx
      .insertInto("conversations")
      .values({
        client_id: found.client_id,
        agent_id: found.id,
        visitor_id: visitor.id,
        source: input.source ?? null,
        locale: input.locale ?? null,
        page_url: input.page_url ?? null,
      })
      .returning("id")
      .executeTakeFirstOrThrow();
    // Last, because the row stays locked until the commit and every session of the agent wants it.
    await trx
      .updateTable("agents")
      .set({ access_count: sql`access_count + 1` })
      .where("id", "=", found.id)
      .execute();
    return { agent: found, visitorId: visitor.id, conversationId: conversation.id };
  });
  const token = await signVisitorToken(ctx, { visitor_id: visitorId, agent_id: agent.id, client_id: agent.client_id });
  return { ...token, visitor_id: visitorId, conversation_id: conversationId, agent: toPublicAgent(agent) };
}

async function touchVisitor(trx: Trx, agent: AgentRow, visitor: VisitorActor | null): Promise<{ id: string } | undefined> {
  if (!visitor) return undefined;
  return await trx
    .updateTable("visitors")
    .set({ last_seen_at: sql`now()` })
    .where("id", "=", visitor.visitor_id)
    .where("agent_id", "=", agent.id)
    .returning("id")
    .executeTakeFirst();
}

async function insertVisitor(trx: Trx, agent: AgentRow, locale: string | undefined): Promise<{ id: string }> {
  return await trx
    .insertInto("visitors")
    .values({ agent_id: agent.id, client_id: agent.client_id, locale: locale ?? null })
    .returning("id")
    .executeTakeFirstOrThrow();
}
