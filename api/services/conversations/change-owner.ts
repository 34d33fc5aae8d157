import { sql, type Selectable } from "kysely";
import type { BusEvent } from "../../bus/bus.ts";
import type { Trx } from "../../db/database.ts";
import type { ConversationsTable } from "../../db/types.ts";
import type { UserActor } from "../../db/actor.ts";
import { AppError, conversationNotFound } from "../../errors.ts";
import type { Message } from "../../../protocol/resources.ts";
import { appendMessage } from "../messages/append-message.ts";
import { endJobs, type ShownText } from "./end-jobs.ts";
import { toVisibleConversation } from "./to-conversation.ts";

export type ConversationRow = Selectable<ConversationsTable>;

/** Locks the row: whoever writes to this conversation waits. Throws CONVERSATION_NOT_FOUND. */
export async function lockConversation(trx: Trx, id: string): Promise<ConversationRow> {
  const row = await trx.selectFrom("conversations").selectAll().where("id", "=", id).forUpdate().executeTakeFirst();
  if (!row) throw conversationNotFound();
  return row;
}

/** A line that the conversation itself says. */
export async function appendLine(trx: Trx, conversationId: string, content: string): Promise<Message> {
  const line = { conversation_id: conversationId, role: "system", content, sender_id: null, sender_name: null } as const;
  return (await appendMessage(trx, line)).message;
}

/**
 * The operator owns the conversation from here on: replies in flight end, and the line says who joined.
 * The caller holds the row lock and publishes the events after the commit.
 */
export async function giveToOperator(
  trx: Trx,
  row: ConversationRow,
  operator: { user_id: string; name: string | null },
  line: string,
  shown?: ShownText,
): Promise<BusEvent[]> {
  await trx
    .updateTable("conversations")
    .set({
      owner: "operator",
      owner_id: operator.user_id,
      owner_name: operator.name,
      owner_epoch: sql`owner_epoch + 1`,
      updated_at: sql`clock_timestamp()`,
    })
    .where("id", "=", row.id)
    .execute();
  const ended = await endJobs(trx, row, shown);
  const message = await appendLine(trx, row.id, line);
  return [...ended, { topic: "frame", client_id: row.client_id, conversation_id: row.id, frame: { type: "message", message } }];
}

/** Throws CONVERSATION_TAKEN when another operator has it, or has it whom `from` does not name. */
export function refuseTaken(row: ConversationRow, actor: UserActor, from?: string | null): void {
  if (row.owner !== "operator" || row.owner_id === actor.user_id || row.owner_id === from) return;
  throw new AppError("CONVERSATION_TAKEN", `${row.owner_name ?? "Another person"} has this conversation.`, {
    owner_id: row.owner_id,
    owner_name: row.owner_name,
  });
}

/** Tells everyone how the conversation stands now. */
export async function conversationEvent(trx: Trx, id: string): Promise<Extract<BusEvent, { topic: "frame" }>> {
  const row = await trx.selectFrom("conversations").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
  const conversation = toVisibleConversation(row);
  return { topic: "frame", client_id: row.client_id, conversation_id: id, frame: { type: "conversation", conversation } };
}
