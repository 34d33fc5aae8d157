import { sql } from "kysely";
import type { BusEvent } from "../../bus/bus.ts";
import type { Conversation } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import type { ServiceContext } from "../context.ts";
import { conversationClosed } from "../messages/append-message.ts";
import { appendLine, conversationEvent, lockConversation } from "./change-owner.ts";
import { findConversation } from "./find-conversation.ts";
import { systemLines } from "./system-lines.ts";

/**
 * The assistant answers again, and what the visitor asked last and nobody answered it answers at once.
 * Changes nothing while it owns the conversation already. Throws CONVERSATION_NOT_FOUND, CONVERSATION_CLOSED.
 */
export async function handBack(ctx: ServiceContext<UserActor>, input: { conversation_id: string }): Promise<Conversation> {
  const { conversation, events } = await ctx.db.as(ctx.actor, async (trx) => {
    const before = await lockConversation(trx, input.conversation_id);
    if (before.status === "closed") throw conversationClosed();
    if (before.owner === "assistant") return { conversation: await findConversation(trx, before.id), events: [] };
    await trx
      .updateTable("conversations")
      .set({
        owner: "assistant",
        owner_id: null,
        owner_name: null,
        owner_epoch: sql`owner_epoch + 1`,
        updated_at: sql`clock_timestamp()`,
      })
      .where("id", "=", before.id)
      .execute();
    const last = await trx
      .selectFrom("messages")
      .select(["role", "seq"])
      .where("conversation_id", "=", before.id)
      .where("role", "!=", "system")
      .orderBy("seq", "desc")
      .limit(1)
      .executeTakeFirst();
    const message = await appendLine(trx, before.id, systemLines(before.locale).handed_back());
    const isUnanswered = last?.role === "visitor";
    if (isUnanswered) await sql`select renus.request_reply(${before.id}::uuid, ${message.seq})`.execute(trx);
    const after = await conversationEvent(trx, before.id);
    const published: BusEvent[] = [
      { topic: "frame", client_id: before.client_id, conversation_id: before.id, frame: { type: "message", message } },
      after,
      ...(isUnanswered ? [{ topic: "jobs", conversation_id: before.id } as const] : []),
    ];
    return { conversation: await findConversation(trx, before.id), events: published };
  });
  ctx.bus.publish(...events);
  return conversation;
}
