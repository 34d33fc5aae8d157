import type { Correction, RoutingTrace } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { subAgentNotFound } from "../../errors.ts";
import type { ServiceContext } from "../context.ts";
import { findConversation } from "../conversations/find-conversation.ts";
import { messageNotFound } from "./get-message.ts";

/** Which reply of the assistant a correction is about. */
export interface CorrectedReply {
  conversation_id: string;
  message_id: string;
}

/**
 * "Wrong specialist": keeps what the visitor wrote with who should have answered, null being the main agent.
 * Again replaces it. Throws CONVERSATION_NOT_FOUND, NOT_FOUND (no reply of the assistant), SUB_AGENT_NOT_FOUND.
 */
export async function correctRouting(
  ctx: ServiceContext<UserActor>,
  input: CorrectedReply & { sub_agent_id: string | null },
): Promise<Correction> {
  return await ctx.db.as(ctx.actor, async (trx) => {
    const { id, client_id, agent_id } = await findConversation(trx, input.conversation_id);
    const reply = await trx
      .selectFrom("messages")
      .innerJoin("message_traces", "message_traces.message_id", "messages.id")
      .select(["messages.id", "messages.seq", "message_traces.trace"])
      .where("messages.id", "=", input.message_id)
      .where("messages.conversation_id", "=", id)
      .executeTakeFirst();
    const asked =
      reply &&
      (await trx
        .selectFrom("messages")
        .select("content")
        .where("conversation_id", "=", id)
        .where("role", "=", "visitor")
        .where("seq", "<", reply.seq)
        .orderBy("seq", "desc")
        .limit(1)
        .executeTakeFirst());
    if (!asked || agent_id === null) throw messageNotFound();
    const expected = input.sub_agent_id === null ? null : await specialist(input.sub_agent_id, agent_id);
    const { chosen } = reply.trace as unknown as RoutingTrace;
    await trx
      .insertInto("routing_examples")
      .values({
        message_id: reply.id,
        agent_id,
        client_id,
        text: asked.content,
        chosen_sub_agent_id: chosen.kind === "sub_agent" ? await exists(chosen.id) : null,
        expected_sub_agent_id: input.sub_agent_id,
        created_by: ctx.actor.user_id,
      })
      .onConflict((conflict) =>
        conflict.column("message_id").doUpdateSet({ expected_sub_agent_id: input.sub_agent_id, created_by: ctx.actor.user_id }),
      )
      .execute();
    return { sub_agent_id: input.sub_agent_id, name: expected };

    async function specialist(subAgentId: string, agentId: string): Promise<string> {
      const row = await trx
        .selectFrom("sub_agents")
        .select("name")
        .where("id", "=", subAgentId)
        .where("agent_id", "=", agentId)
        .executeTakeFirst();
      if (!row) throw subAgentNotFound();
      return row.name;
    }
    /** Deleted meanwhile: null. */
    async function exists(subAgentId: string): Promise<string | null> {
      const row = await trx.selectFrom("sub_agents").select("id").where("id", "=", subAgentId).executeTakeFirst();
      return row?.id ?? null;
    }
  });
}
