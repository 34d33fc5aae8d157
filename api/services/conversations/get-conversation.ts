import type { Conversation } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import type { ServiceContext } from "../context.ts";
import { findConversation } from "./find-conversation.ts";

/** Throws CONVERSATION_NOT_FOUND. */
export async function getConversation(ctx: ServiceContext<UserActor>, input: { conversation_id: string }): Promise<Conversation> {
  return await ctx.db.as(ctx.actor, (trx) => findConversation(trx, input.conversation_id));
}
