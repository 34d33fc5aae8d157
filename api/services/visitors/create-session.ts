import { sql } from "kysely";
import type { z } from "zod";
import type { publicSessionBody } from "../../../protocol/requests.ts";
import type { PublicSession } from "../../../protocol/resources.ts";
import { SYSTEM, type VisitorActor } from "../../db/actor.ts";
import type { Trx } from "../../db/database.ts";
import type { PageOrigin } from "../../lib/origins.ts";
import type { AgentRow } from "../agents/to-agent.ts";
import type { ServiceContext } from "../context.ts";
import { requireOrigin } from "./check-origin.ts";
import { findPublicAgent } from "./find-public-agent.ts";
import { latestConversation, recogniseVisitor, touchVisitor } from "./recognise-visitor.ts";
import { toPublicSession } from "./to-public-session.ts";

type Input = z.output<typeof publicSessionBody>;

/**
 * A new conversation, and with it a new visitor unless `visitor` is one of this agent already. A person whom the site names
 * by a token, and who comes back, goes on with their open conversation. Counts as one access of the agent. Throws
 * AGENT_NOT_FOUND, FORBIDDEN (the website), AUTH_ERROR (the site's token).
 */
export async function createPublicSession(
  ctx: Omit<ServiceContext, "actor">,
  input: Input & { slug: string; visitor: VisitorActor | null; page: PageOrigin },
): Promise<PublicSession> {
  const session = await ctx.db.as(SYSTEM, async (trx) => {
    const agent = await findPublicAgent(trx, { slug: input.slug });
    requireOrigin(agent, input.page);
    const bearer = input.visitor && (await touchVisitor(trx, agent, input.visitor.visitor_id));
    const visitor = (await recogniseVisitor(trx, agent, bearer, input)) ?? (await insertVisitor(trx, agent, input));
    const isReturning = input.user_token != null && visitor.id !== bearer?.id;
    const known = isReturning ? await latestConversation(trx, visitor.id, true) : null;
    const conversationId = known ?? (await insertConversation(trx, agent, visitor.id, input));
    // Last, because the row stays locked until the commit and every session of the agent wants it.
    await trx
      .updateTable("agents")
      .set({ access_count: sql`access_count + 1` })
      .where("id", "=", agent.id)
      .execute();
    return { agent, visitor, conversationId };
  });
  return await toPublicSession(ctx, session);
}

export async function insertConversation(trx: Trx, agent: AgentRow, visitorId: string, about: Partial<Input>): Promise<string> {
  const row = await trx
    .insertInto("conversations")
    .values({
      client_id: agent.client_id,
      agent_id: agent.id,
      visitor_id: visitorId,
      source: about.source ?? null,
      locale: about.locale ?? null,
      page_url: about.page_url ?? null,
      meta: JSON.stringify(about.meta ?? {}),
      widget_version: about.widget_version ?? null,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  return row.id;
}

async function insertVisitor(trx: Trx, agent: AgentRow, { locale, name, email }: Input) {
  return await trx
    .insertInto("visitors")
    .values({ agent_id: agent.id, client_id: agent.client_id, locale: locale ?? null, name: name ?? null, email: email ?? null })
    .returningAll()
    .executeTakeFirstOrThrow();
}
