import { sql } from "kysely";
import type { Conversation, InboxConversation } from "../../../protocol/resources.ts";
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

/** Messages of the visitor and the assistant after the person's own mark; counted up to 100. */
export const unreadCount = (userId: string) => sql<number>`(
  select count(*)::int from (
    select from messages m
     where m.conversation_id = conversations.id and m.role in ('visitor', 'assistant')
       and m.seq > coalesce((select p.last_read_seq from participants p
                              where p.conversation_id = conversations.id and p.user_id = ${userId}::uuid), 0)
     limit 100) unread)`;

/** The same as its operators see it. Throws CONVERSATION_NOT_FOUND. */
export async function findInboxConversation(trx: Trx, id: string, userId: string): Promise<InboxConversation> {
  const row = await selectConversations(trx)
    .select(unreadCount(userId).as("unread_count"))
    .where("conversations.id", "=", id)
    .executeTakeFirst();
  if (!row) throw conversationNotFound();
  const { unread_count, ...conversation } = row;
  return { ...toConversation(conversation), unread_count };
}
