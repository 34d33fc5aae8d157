import { z } from "zod";
import type { messageListQuery } from "../../../protocol/requests.ts";
import type { Correction, Message, Page, RoutingTrace } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { conversationNotFound } from "../../errors.ts";
import { decodeCursor, encodeCursor } from "../../lib/cursor.ts";
import type { ServiceContext } from "../context.ts";
import { toMessage } from "./to-message.ts";

/** A message as operators read it: with why it was answered so, where the assistant answered. */
export interface TracedMessage extends Message {
  trace: RoutingTrace | null;
  /** Who should have answered, in a person's eyes. */
  correction: Correction | null;
}
type Input = z.output<typeof messageListQuery> & { conversation_id: string };

const seq = z.number().int().min(0).max(2_147_483_647);
const cursorSchema = z.union([z.object({ after_seq: seq }), z.object({ before_seq: seq })]);

/**
 * Messages in their order: those after `after_seq`, those before `before_seq`, or without either the newest. `next_cursor`
 * goes on in the same direction. Throws CONVERSATION_NOT_FOUND, VALIDATION_ERROR for a foreign cursor.
 */
export async function listMessages(ctx: ServiceContext<UserActor>, input: Input): Promise<Page<TracedMessage>> {
  const goesOn = input.cursor === undefined ? null : decodeCursor(input.cursor, cursorSchema);
  const { after_seq, before_seq } = { ...input, ...goesOn };
  const isForward = goesOn ? "after_seq" in goesOn : after_seq !== undefined;
  const rows = await ctx.db.as(ctx.actor, async (trx) => {
    const conversation = await trx
      .selectFrom("conversations")
      .select("id")
      .where("id", "=", input.conversation_id)
      .executeTakeFirst();
    if (!conversation) throw conversationNotFound();
    let query = trx
      .selectFrom("messages")
      .leftJoin("message_traces", "message_traces.message_id", "messages.id")
      .leftJoin("routing_examples", "routing_examples.message_id", "messages.id")
      .leftJoin("sub_agents", "sub_agents.id", "routing_examples.expected_sub_agent_id")
      .selectAll("messages")
      .select([
        "message_traces.trace",
        "routing_examples.message_id as corrected_id",
        "routing_examples.expected_sub_agent_id as expected_id",
        "sub_agents.name as expected_name",
      ])
      .where("messages.conversation_id", "=", input.conversation_id);
    if (after_seq !== undefined) query = query.where("messages.seq", ">", after_seq);
    if (before_seq !== undefined) query = query.where("messages.seq", "<", before_seq);
    return query
      .orderBy("messages.seq", isForward ? "asc" : "desc")
      .limit(input.limit + 1)
      .execute();
  });
  const page = rows.slice(0, input.limit);
  const end = rows.length > input.limit ? page.at(-1)!.seq : null;
  if (!isForward) page.reverse();
  return {
    data: page.map(({ trace, corrected_id, expected_id, expected_name, ...row }) => ({
      ...toMessage(row),
      trace: trace as RoutingTrace | null,
      correction: corrected_id === null ? null : { sub_agent_id: expected_id, name: expected_name },
    })),
    next_cursor: end === null ? null : encodeCursor(isForward ? { after_seq: end } : { before_seq: end }),
  };
}
