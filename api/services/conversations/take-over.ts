import type { Conversation } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import type { ServiceContext } from "../context.ts";
import { conversationClosed } from "../messages/append-message.ts";
import { conversationEvent, giveToOperator, lockConversation, refuseTaken } from "./change-owner.ts";
import type { ShownText } from "./end-jobs.ts";
import { findConversation } from "./find-conversation.ts";
import { systemLines } from "./system-lines.ts";

/**
 * The operator answers from here on: in one transaction the owner and its epoch change and every reply in flight ends, so
 * that not one more token of the assistant appears. Again by the same operator changes nothing.
 * `from` says who has it in the caller's eyes, null being the assistant: a race with a colleague then surprises nobody.
 * Throws CONVERSATION_NOT_FOUND, CONVERSATION_CLOSED, CONVERSATION_TAKEN.
 */
export async function takeOver(
  ctx: ServiceContext<UserActor>,
  input: { conversation_id: string; from?: string | null | undefined; shown?: ShownText },
): Promise<Conversation> {
  const { actor } = ctx;
  const { conversation, events } = await ctx.db.as(actor, async (trx) => {
    const before = await lockConversation(trx, input.conversation_id);
    if (before.status === "closed") throw conversationClosed();
    if (before.owner === "operator" && before.owner_id === actor.user_id) {
      return { conversation: await findConversation(trx, before.id), events: [] };
    }
    if (input.from !== undefined) refuseTaken(before, actor, input.from);
    const said = await giveToOperator(trx, before, actor, systemLines(before.locale).joined(actor.name), input.shown);
    const after = await conversationEvent(trx, before.id);
    return { conversation: await findConversation(trx, before.id), events: [...said, after] };
  });
  ctx.bus.publish(...events);
  return conversation;
}
