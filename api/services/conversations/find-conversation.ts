import type { Conversation } from "../../../protocol/resources.ts";
import type { Trx } from "../../db/database.ts";
import { conversationNotFound } from "../../errors.ts";
import { toConversation } from "./to-conversation.ts";

/** Conversations with who their visitors are, for `toConversation`. */
export function selectConversations(trx: Trx) {
  return trx
    .selectFrom("conversations")
    .leftJoin("visitors", "visitors.id", "conversations.visitor_id")
    .selectAll("conversations")
    .select(["visitors.name as visitor_name", "visitors.email as visitor_email", "visitors.is_verified as visitor_is_verified"]);
}

/** The conversation as far as the transaction's actor may see it. Throws CONVERSATION_NOT_FOUND. */
export async function findConversation(trx: Trx, id: string): Promise<Conversation> {
  const row = await selectConversations(trx).where("conversations.id", "=", id).executeTakeFirst();
  if (!row) throw conversationNotFound();
  return toConversation(row);
}
