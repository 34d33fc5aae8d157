import type { Selectable } from "kysely";
import type { Message } from "../../../protocol/resources.ts";
import type { MessagesTable } from "../../db/types.ts";

/** A row as it travels. `client_id` stays inside. */
export function toMessage(row: Selectable<MessagesTable>): Message {
  const role = row.role as Message["role"];
  return {
    id: row.id,
    conversation_id: row.conversation_id,
    seq: row.seq,
    rev: row.rev,
    role,
    content: row.content,
    status: row.status as Message["status"],
    sender: { kind: role, id: row.sender_id, name: row.sender_name },
    attempt: row.attempt,
    client_message_id: row.client_message_id,
    reply_to: row.reply_to,
    error_code: row.error_code,
    feedback: row.feedback as Message["feedback"],
    created_at: row.created_at,
    updated_at: row.updated_at,
  };
}
