import type { BusEvent } from "../../bus/bus.ts";
import type { UserActor } from "../../db/actor.ts";
import type { ServiceContext } from "../context.ts";
import { conversationEvent, giveToOperator, lockConversation, refuseTaken } from "../conversations/change-owner.ts";
import type { ShownText } from "../conversations/end-jobs.ts";
import { systemLines } from "../conversations/system-lines.ts";
import { appendMessage, conversationClosed, type Appended } from "./append-message.ts";
import type { PostMessageInput } from "./post-message.ts";

/**
 * An operator's message. While the assistant owns the conversation, writing takes it over in the same transaction: two
 * voices at once would be worse. So would two operators: a colleague's conversation has to be taken over first.
 * Throws CONVERSATION_NOT_FOUND, CONVERSATION_CLOSED, CONVERSATION_TAKEN, IDEMPOTENCY_CONFLICT, VALIDATION_ERROR (reply_to).
 */
export async function postOperatorMessage(
  ctx: ServiceContext<UserActor>,
  input: PostMessageInput & { shown?: ShownText },
): Promise<Appended> {
  const { actor } = ctx;
  const { appended, events } = await ctx.db.as(actor, async (trx) => {
    const before = await lockConversation(trx, input.conversation_id);
    const isRetry =
      input.client_message_id !== undefined &&
      (await trx
        .selectFrom("messages")
        .select("id")
        .where("conversation_id", "=", before.id)
        .where("client_message_id", "=", input.client_message_id)
        .executeTakeFirst()) !== undefined;
    const takesOver = !isRetry && before.owner === "assistant";
    if (!isRetry && before.status === "closed") throw conversationClosed();
    if (!isRetry) refuseTaken(before, actor);
    const said = takesOver
      ? await giveToOperator(trx, before, actor, systemLines(before.locale).joined(actor.name), input.shown)
      : [];
    const result = await appendMessage(trx, {
      ...input,
      content: input.content.toWellFormed(),
      role: "operator",
      sender_id: actor.user_id,
      sender_name: actor.name,
    });
    if (result.duplicate) return { appended: result, events: [] };
    const own: BusEvent = {
      topic: "frame",
      client_id: before.client_id,
      conversation_id: before.id,
      frame: { type: "message", message: result.message },
      ...(input.origin && { origin: input.origin }),
    };
    const owner = takesOver ? [await conversationEvent(trx, before.id)] : [];
    return { appended: result, events: [...said, own, ...owner] };
  });
  ctx.bus.publish(...events);
  return appended;
}
