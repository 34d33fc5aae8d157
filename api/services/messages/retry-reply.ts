import { sql } from "kysely";
import type { UserActor, VisitorActor } from "../../db/actor.ts";
import { AppError } from "../../errors.ts";
import type { ServiceContext } from "../context.ts";
import { conversationClosed } from "./append-message.ts";
import { messageNotFound } from "./get-message.ts";

/**
 * Wishes for another reply in place of one that failed or was stopped. While one is under way nothing changes.
 * Throws NOT_FOUND, CONVERSATION_CLOSED, VALIDATION_ERROR (nothing to retry, or a person answers now).
 */
export async function retryReply(ctx: ServiceContext<UserActor | VisitorActor>, input: { message_id: string }): Promise<void> {
  const conversationId = await ctx.db.as(ctx.actor, async (trx) => {
    const row = await trx
      .selectFrom("messages")
      .innerJoin("conversations", "conversations.id", "messages.conversation_id")
      .select([
        "messages.conversation_id",
        "messages.role",
        "messages.status",
        "conversations.status as conversation_status",
        "conversations.owner",
        "conversations.last_seq",
      ])
      .where("messages.id", "=", input.message_id)
      .executeTakeFirst();
    if (!row) throw messageNotFound();
    if (row.conversation_status === "closed") throw conversationClosed();
    if (row.role !== "assistant" || (row.status !== "failed" && row.status !== "cancelled")) {
      throw new AppError("VALIDATION_ERROR", "Only a reply that failed can be asked for again.", { issues: [] });
    }
    if (row.owner !== "assistant")
      throw new AppError("VALIDATION_ERROR", "A person answers this conversation now.", { issues: [] });
    const underWay = await trx
      .selectFrom("reply_jobs")
      .select("id")
      .where("conversation_id", "=", row.conversation_id)
      .where("status", "in", ["queued", "running"])
      .where("cancel_requested", "=", false)
      .executeTakeFirst();
    if (underWay) return null;
    await sql`select renus.request_reply(${row.conversation_id}::uuid, ${row.last_seq})`.execute(trx);
    return row.conversation_id;
  });
  if (conversationId) ctx.bus.publish({ topic: "jobs", conversation_id: conversationId });
}
