import { sql } from "kysely";
import { SYSTEM, type UserActor, type VisitorActor } from "../../db/actor.ts";
import type { ServiceContext } from "../context.ts";
import { lockConversation } from "../conversations/change-owner.ts";
import { endJobs } from "../conversations/end-jobs.ts";
import { messageNotFound } from "./get-message.ts";

/**
 * Stops a reply: the one being written under this id, or the one that was going to answer this message. The worker that
 * holds it ends it; if nobody does, it ends here. One that has ended already stays as it is. Throws NOT_FOUND.
 */
export async function cancelReply(ctx: ServiceContext<UserActor | VisitorActor>, input: { message_id: string }): Promise<void> {
  const found = await ctx.db.as(ctx.actor, async (trx) => {
    const message = await trx
      .selectFrom("messages")
      .select(["conversation_id", "role"])
      .where("id", "=", input.message_id)
      .executeTakeFirst();
    if (!message) throw messageNotFound();
    const jobs = await trx
      .updateTable("reply_jobs")
      .set({ cancel_requested: true, updated_at: sql`clock_timestamp()` })
      .where("conversation_id", "=", message.conversation_id)
      .where("status", "in", ["queued", "running"])
      .where("message_id", message.role === "assistant" ? "=" : "is", message.role === "assistant" ? input.message_id : null)
      .returning((select) => [
        "id",
        select(select.fn.coalesce("lease_until", sql<string>`'-infinity'`), "<", sql<string>`clock_timestamp()`).as("is_unheld"),
      ])
      .execute();
    return { ...message, jobs };
  });
  if (found.jobs.length === 0) return;
  const { conversation_id } = found;
  // Ending writes the message's row, which visitors may not.
  const events = found.jobs.some((job) => job.is_unheld)
    ? await ctx.db.as(SYSTEM, async (trx) => {
        const conversation = await lockConversation(trx, conversation_id);
        const stillUnheld = await trx
          .selectFrom("reply_jobs")
          .select("id")
          .where(
            "id",
            "in",
            found.jobs.map((job) => job.id),
          )
          .where("status", "in", ["queued", "running"])
          .where((where) =>
            where.or([where("lease_until", "is", null), where("lease_until", "<", sql<string>`clock_timestamp()`)]),
          )
          .execute();
        return stillUnheld.length > 0 ? endJobs(trx, conversation) : [];
      })
    : [];
  ctx.bus.publish(...(events.length > 0 ? events : [{ topic: "jobs", conversation_id } as const]));
}
