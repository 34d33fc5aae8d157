import { sql } from "kysely";
import type { z } from "zod";
import type { publicSessionBody } from "../../../protocol/requests.ts";
import type { PublicSession } from "../../../protocol/resources.ts";
import { SYSTEM, type VisitorActor } from "../../db/actor.ts";
import type { Trx } from "../../db/database.ts";
import type { PageOrigin } from "../../lib/origins.ts";
import { noteInstall } from "../agents/note-install.ts";
import type { AgentRow } from "../agents/to-agent.ts";
import type { ServiceContext } from "../context.ts";
import { requireOrigin } from "./check-origin.ts";
import { findPublicAgent } from "./find-public-agent.ts";
import { findVisitor, recogniseVisitor } from "./recognise-visitor.ts";
import { toPublicSession } from "./to-public-session.ts";
import { insertConversation, latestConversation, noteAbout } from "./visitor-conversations.ts";

type Input = z.output<typeof publicSessionBody>;

/**
 * A new conversation, and with it a new visitor unless `visitor` is one of this agent already. A person whom the site names
 * by a token, and who comes back, goes on with their open conversation. Counts as one access of the agent. Throws
 * AGENT_NOT_FOUND, FORBIDDEN (the website), AUTH_ERROR (the site's token), VALIDATION_ERROR (too much page context).
 */
export async function createPublicSession(
  ctx: Omit<ServiceContext, "actor">,
  input: Input & { slug: string; visitor: VisitorActor | null; page: PageOrigin },
): Promise<PublicSession> {
  const session = await ctx.db.as(SYSTEM, async (trx) => {
    const agent = await findPublicAgent(trx, { slug: input.slug });
    requireOrigin(agent, input.page);
    const bearer = input.visitor && (await findVisitor(trx, agent, input.visitor.visitor_id));
    const visitor = (await recogniseVisitor(ctx, trx, agent, bearer, input)) ?? (await insertVisitor(trx, agent, input));
    const isReturning = input.user_token != null && visitor.id !== bearer?.id;
    const known = isReturning ? await latestConversation(trx, visitor.id, true) : undefined;
    if (known) await noteAbout(trx, known.id, input);
    const { id: conversationId } = known ?? (await insertConversation(trx, agent, visitor.id, input));
    await noteInstall(trx, agent, input.page, input.widget_version);
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

async function insertVisitor(trx: Trx, agent: AgentRow, { locale, name, email }: Input) {
  return await trx
    .insertInto("visitors")
    .values({ agent_id: agent.id, client_id: agent.client_id, locale: locale ?? null, name: name ?? null, email: email ?? null })
    .returningAll()
    .executeTakeFirstOrThrow();
}
