import type { InboxConversation } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import type { ServiceContext } from "../context.ts";
import { findInboxConversation } from "./find-conversation.ts";

/** Throws CONVERSATION_NOT_FOUND. */
export async function getConversation(
  ctx: ServiceContext<UserActor>,
  input: { conversation_id: string },
): Promise<InboxConversation> {
  return await ctx.db.as(ctx.actor, (trx) => findInboxConversation(trx, input.conversation_id, ctx.actor.user_id));
}
