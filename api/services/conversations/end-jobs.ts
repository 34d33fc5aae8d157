import { sql, type Selectable } from "kysely";
import type { BusEvent } from "../../bus/bus.ts";
import type { ServerFrame } from "../../../protocol/frames.ts";
import type { Message } from "../../../protocol/resources.ts";
import { LIMITS } from "../../../protocol/codes.ts";
import type { Trx } from "../../db/database.ts";
import type { MessagesTable } from "../../db/types.ts";
import { toMessage } from "../messages/to-message.ts";

/** What readers have seen of a reply that is being written; more than is saved, by up to a second. */
export type ShownText = (messageId: string, attempt: number) => string | undefined;

/**
 * Ends every reply of the conversation that is wished for or being written: the fence rises, so that whoever writes it
 * changes nothing any more, and a message that streams ends as cancelled at what was shown, or at what is saved. Returns
 * what to publish after the commit. The caller holds the conversation's row lock and may call `revise_message`.
 */
export async function endJobs(
  trx: Trx,
  conversation: { id: string; client_id: string; agent_id: string | null },
  shown?: ShownText,
): Promise<BusEvent[]> {
  const { id: conversation_id, agent_id } = conversation;
  const ended = await trx
    .updateTable("reply_jobs")
    .set({
      status: "cancelled",
      fence: sql`fence + 1`,
      worker_id: null,
      lease_until: null,
      updated_at: sql`clock_timestamp()`,
    })
    .where("conversation_id", "=", conversation_id)
    .where("status", "in", ["queued", "running"])
    .returning("message_id")
    .execute();
  if (ended.length === 0) return [];
  const streaming = await trx
    .selectFrom("messages")
    .select(["id", "content", "attempt"])
    .where("conversation_id", "=", conversation_id)
    .where("status", "=", "streaming")
    .execute();
  const messages: Message[] = [];
  for (const { id, content, attempt } of streaming) {
    const seen = shown?.(id, attempt);
    const kept = seen?.startsWith(content) ? seen : content;
    const { rows } = await sql<Selectable<MessagesTable>>`
      select r.* from renus.revise_message(${id}::uuid, ${kept}, 'cancelled') r`.execute(trx);
    messages.push(toMessage(rows[0]!));
  }
  const frame = { topic: "frame", client_id: conversation.client_id, conversation_id } as const;
  return [
    { topic: "jobs", conversation_id },
    // Whoever was thinking of an answer has stopped; the worker that loses its job says nothing any more.
    ...(agent_id === null ? [] : [{ ...frame, frame: typingStopped(conversation_id, agent_id) }]),
    ...messages.flatMap((message): BusEvent[] => [
      { ...frame, frame: { type: "message", message } },
      {
        ...frame,
        frame: {
          type: "stream_end",
          message_id: message.id,
          conversation_id,
          attempt: message.attempt,
          length: message.content.length,
          status: message.status,
          rev: message.rev,
        },
      },
    ]),
  ];
}

const typingStopped = (conversation_id: string, agentId: string): ServerFrame => ({
  type: "typing",
  user_id: agentId,
  conversation_id,
  is_typing: false,
  ttl_ms: LIMITS.typingTtlMs,
});
