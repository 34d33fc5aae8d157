import type { UserActor } from "../../db/actor.ts";
import type { ServiceContext } from "../context.ts";
import { findConversation } from "../conversations/find-conversation.ts";
import type { CorrectedReply } from "./correct-routing.ts";

/** Takes the correction back; without one nothing happens. Throws CONVERSATION_NOT_FOUND. */
export async function uncorrectRouting(ctx: ServiceContext<UserActor>, input: CorrectedReply): Promise<void> {
  await ctx.db.as(ctx.actor, async (trx) => {
    const { id } = await findConversation(trx, input.conversation_id);
    await trx
      .deleteFrom("routing_examples")
      .where("message_id", "in", (of) =>
        of.selectFrom("messages").select("id").where("id", "=", input.message_id).where("conversation_id", "=", id),
      )
      .execute();
  });
}
