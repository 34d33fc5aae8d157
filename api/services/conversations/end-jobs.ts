import { sql, type Selectable } from "kysely";
import type { BusEvent } from "../../bus/bus.ts";
import type { Trx } from "../../db/database.ts";
import type { MessagesTable } from "../../db/types.ts";
import { toMessage } from "../messages/to-message.ts";

/**
 * Ends every reply of the conversation that is wished for or being written: the fence rises, so that whoever writes it
 * changes nothing any more, and a message that streams ends as cancelled at what is saved. Returns what to publish after
 * the commit. The caller holds the conversation's row lock and may call `revise_message`.
 */
export async function endJobs(trx: Trx, conversation: { id: string; client_id: string }): Promise<BusEvent[]> {
  const conversation_id = conversation.id;
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
  const { rows } = await sql<Selectable<MessagesTable>>`
    select r.* from messages m, lateral renus.revise_message(m.id, m.content, 'cancelled') r
     where m.conversation_id = ${conversation_id}::uuid and m.status = 'streaming'`.execute(trx);
  const frame = { topic: "frame", client_id: conversation.client_id, conversation_id } as const;
  return [
    { topic: "jobs", conversation_id },
    ...rows.map(toMessage).flatMap((message): BusEvent[] => [
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
