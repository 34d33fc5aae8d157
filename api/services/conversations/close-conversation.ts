import { sql } from "kysely";
import type { BusEvent } from "../../bus/bus.ts";
import type { Conversation } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import type { ServiceContext } from "../context.ts";
import { appendLine, conversationEvent, lockConversation } from "./change-owner.ts";
import { endJobs, type ShownText } from "./end-jobs.ts";
import { findConversation } from "./find-conversation.ts";
import { systemLines } from "./system-lines.ts";

/** Nobody writes here any more. Replies in flight end. Again changes nothing. Throws CONVERSATION_NOT_FOUND. */
export async function closeConversation(
  ctx: ServiceContext<UserActor>,
  input: { conversation_id: string; shown?: ShownText },
): Promise<Conversation> {
  const { conversation, events } = await ctx.db.as(ctx.actor, async (trx) => {
    const before = await lockConversation(trx, input.conversation_id);
    if (before.status === "closed") return { conversation: await findConversation(trx, before.id), events: [] };
    await trx
      .updateTable("conversations")
      .set({ status: "closed", owner_epoch: sql`owner_epoch + 1`, updated_at: sql`clock_timestamp()` })
      .where("id", "=", before.id)
      .execute();
    const ended = await endJobs(trx, before, input.shown);
    const message = await appendLine(trx, before.id, systemLines(before.locale).closed());
    const after = await conversationEvent(trx, before.id);
    const published: BusEvent[] = [
      ...ended,
      { topic: "frame", client_id: before.client_id, conversation_id: before.id, frame: { type: "message", message } },
      after,
    ];
    return { conversation: await findConversation(trx, before.id), events: published };
  });
  ctx.bus.publish(...events);
  return conversation;
}
