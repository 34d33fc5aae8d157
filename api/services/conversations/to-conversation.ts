import type { Selectable } from "kysely";
import type { VisibleConversation } from "../../../protocol/frames.ts";
import type { Conversation } from "../../../protocol/resources.ts";
import type { ConversationsTable } from "../../db/types.ts";

/** A row as it travels over HTTP; the columns are the same, the enums narrower. */
export function toConversation(row: Selectable<ConversationsTable>): Conversation {
  return row as Conversation;
}

/** What a `conversation` frame shows. `ownerName`: the operator's name, null while the assistant owns it. */
export function toVisibleConversation(row: Selectable<ConversationsTable>, ownerName: string | null): VisibleConversation {
  const { id, agent_id, status, owner, owner_epoch, last_seq, last_rev, last_message_preview, last_message_at } =
    toConversation(row);
  return {
    id,
    agent_id,
    status,
    owner,
    owner_epoch,
    last_seq,
    last_rev,
    last_message_preview,
    last_message_at,
    owner_name: ownerName,
  };
}
