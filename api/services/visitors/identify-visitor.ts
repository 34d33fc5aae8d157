import type { z } from "zod";
import { META_KEYS_MAX, type identifyBody } from "../../../protocol/requests.ts";
import type { PublicSession } from "../../../protocol/resources.ts";
import { SYSTEM, type VisitorActor } from "../../db/actor.ts";
import type { Trx } from "../../db/database.ts";
import { authError, validationError } from "../../errors.ts";
import type { PageOrigin } from "../../lib/origins.ts";
import type { ServiceContext } from "../context.ts";
import { requireOrigin } from "./check-origin.ts";
import { insertConversation } from "./create-session.ts";
import { findPublicAgent } from "./find-public-agent.ts";
import { latestConversation, recogniseVisitor, touchVisitor } from "./recognise-visitor.ts";
import { toPublicSession } from "./to-public-session.ts";

/**
 * Who the visitor of a running session is, and what their page says. A person of the site may lead to another visitor and
 * their open conversation; the former one stays as it was. Throws AUTH_ERROR, AGENT_NOT_FOUND, FORBIDDEN (the website),
 * VALIDATION_ERROR (too much page context).
 */
export async function identifyVisitor(
  ctx: ServiceContext<VisitorActor>,
  input: z.output<typeof identifyBody> & { page: PageOrigin },
): Promise<PublicSession> {
  const session = await ctx.db.as(SYSTEM, async (trx) => {
    const agent = await findPublicAgent(trx, { id: ctx.actor.agent_id });
    requireOrigin(agent, input.page);
    const bearer = await touchVisitor(trx, agent, ctx.actor.visitor_id);
    // The token outlived what it opened.
    if (!bearer) throw authError("This session has ended. Start a new one.");
    const visitor = (await recogniseVisitor(trx, agent, bearer, input))!;
    const isSame = visitor.id === bearer.id;
    const conversationId =
      (await latestConversation(trx, visitor.id, !isSame)) ?? (await insertConversation(trx, agent, visitor.id, {}));
    if (input.meta) await mergeMeta(trx, conversationId, input.meta);
    return { agent, visitor, conversationId };
  });
  return await toPublicSession(ctx, session);
}

async function mergeMeta(trx: Trx, conversationId: string, more: Record<string, string>): Promise<void> {
  const { meta: before } = await trx
    .selectFrom("conversations")
    .select("meta")
    .where("id", "=", conversationId)
    .forUpdate()
    .executeTakeFirstOrThrow();
  const meta = { ...(before as Record<string, string>), ...more };
  if (Object.keys(meta).length > META_KEYS_MAX) {
    throw validationError([{ path: ["meta"], message: `A conversation holds at most ${META_KEYS_MAX} keys.` }]);
  }
  await trx
    .updateTable("conversations")
    .set({ meta: JSON.stringify(meta) })
    .where("id", "=", conversationId)
    .execute();
}
