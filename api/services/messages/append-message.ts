import { sql } from "kysely";
import type { Message } from "../../../protocol/resources.ts";
import { sqlState, type Trx } from "../../db/database.ts";
import type { MessagesTable } from "../../db/types.ts";
import { AppError, conversationNotFound, validationError } from "../../errors.ts";
import type { Selectable } from "kysely";
import { toMessage } from "./to-message.ts";

export interface NewMessage {
  conversation_id: string;
  role: Message["role"];
  content: string;
  sender_id: string | null;
  sender_name: string | null;
  client_message_id?: string | null | undefined;
  reply_to?: string | null | undefined;
}
export interface Appended {
  message: Message;
  /** The same client_message_id had been used for the same content: this is the row it made then. */
  duplicate: boolean;
}

/** Throws CONVERSATION_NOT_FOUND, IDEMPOTENCY_CONFLICT, CONVERSATION_CLOSED, VALIDATION_ERROR (reply_to). */
export async function appendMessage(trx: Trx, input: NewMessage): Promise<Appended> {
  try {
    const { rows } = await sql<Selectable<MessagesTable> & { duplicate: boolean }>`
      select (a.message).*, a.duplicate
        from renus.append_message(${input.conversation_id}::uuid, ${input.role}, ${input.content}, ${input.sender_id}::uuid,
          ${input.sender_name}, ${input.client_message_id ?? null}::uuid, ${input.reply_to ?? null}::uuid) a`.execute(trx);
    return { message: toMessage(rows[0]!), duplicate: rows[0]!.duplicate };
  } catch (err) {
    throw appendError(err);
  }
}

/** What went wrong in `append_message`, in the contract's words. */
function appendError(err: unknown): unknown {
  switch (sqlState(err)) {
    case "RN404":
      return conversationNotFound();
    case "RN409":
      return idempotencyConflict();
    case "RN410":
      return conversationClosed();
    case "RN400":
      return foreignReplyTo();
    default:
      return err;
  }
}
export const conversationClosed = () => new AppError("CONVERSATION_CLOSED", "This conversation is closed.");
export const idempotencyConflict = () =>
  new AppError("IDEMPOTENCY_CONFLICT", "This client_message_id was already used for another message.");
export const foreignReplyTo = () => validationError([{ path: ["reply_to"], message: "This is no message of the conversation." }]);
