import type { Conversation, Note, Page } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import type { ServiceContext } from "../context.ts";
import { listMessages, type TracedMessage } from "../messages/list-messages.ts";
import { listNotes } from "../notes/list-notes.ts";
import { getConversation } from "./get-conversation.ts";

const PAGE = 200;

export interface ConversationExport {
  conversation: Conversation;
  messages: TracedMessage[];
  notes: Note[];
}

/** All there is of a conversation. Throws CONVERSATION_NOT_FOUND. */
export async function exportConversation(
  ctx: ServiceContext<UserActor>,
  input: { conversation_id: string },
): Promise<ConversationExport> {
  const { unread_count: _, ...conversation } = await getConversation(ctx, input);
  const messages = await all((cursor) =>
    listMessages(ctx, { ...input, limit: PAGE, ...(cursor ? { cursor } : { after_seq: 0 }) }),
  );
  const notes = await all((cursor) => listNotes(ctx, { ...input, limit: 100, ...(cursor && { cursor }) }));
  return { conversation, messages, notes };
}

async function all<T>(ask: (cursor: string | null) => Promise<Page<T>>): Promise<T[]> {
  const found: T[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<T> = await ask(cursor);
    found.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return found;
}
