import type { Conversation } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { conversationNotFound } from "../../errors.ts";
import type { ServiceContext } from "../context.ts";
import { toConversation } from "./to-conversation.ts";

/** Throws CONVERSATION_NOT_FOUND. */
export async function getConversation(ctx: ServiceContext<UserActor>, input: { conversation_id: string }): Promise<Conversation> {
  const row = await ctx.db.as(ctx.actor, (trx) =>
    trx.selectFrom("conversations").selectAll().where("id", "=", input.conversation_id).executeTakeFirst(),
  );
  if (!row) throw conversationNotFound();
  return toConversation(row);
}
