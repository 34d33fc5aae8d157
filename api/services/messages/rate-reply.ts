import { sql, type Selectable } from "kysely";
import type { Message } from "../../../protocol/resources.ts";
import type { VisitorActor } from "../../db/actor.ts";
import type { MessagesTable } from "../../db/types.ts";
import type { ServiceContext } from "../context.ts";
import { messageNotFound } from "./get-message.ts";
import { toMessage } from "./to-message.ts";

/**
 * What the visitor thinks of a reply of the assistant that has ended; null takes it back, the same again changes nothing.
 * All tabs and operators hear the changed message. Throws NOT_FOUND.
 */
export async function rateReply(
  ctx: ServiceContext<VisitorActor>,
  input: { message_id: string; rating: Message["feedback"] },
): Promise<void> {
  type Row = Selectable<MessagesTable> & { changed: boolean };
  const row = await ctx.db.as(ctx.actor, async (trx) => {
    const { rows } = await sql<Row>`
      select (r.message).*, r.changed from renus.rate_message(${input.message_id}::uuid, ${input.rating}::text) r`.execute(trx);
    return rows[0];
  });
  if (!row?.id) throw messageNotFound();
  if (!row.changed) return;
  const message = toMessage(row);
  const { client_id } = ctx.actor;
  ctx.bus.publish({ topic: "frame", client_id, conversation_id: message.conversation_id, frame: { type: "message", message } });
}
