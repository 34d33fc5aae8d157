import type { z } from "zod";
import type { subAgentUpdateBody } from "../../../protocol/requests.ts";
import type { SubAgent } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { findAgent } from "../agents/find-agent.ts";
import { changedFields, noteChange } from "../audit/note-change.ts";
import type { ServiceContext } from "../context.ts";
import { lockSubAgent, toSubAgent, uniqueTopics } from "./to-sub-agent.ts";

/**
 * Changes what is given and nothing else; `topics`, `knowledge_base` and `fine_tuning_config` are replaced as a whole.
 * Throws AGENT_NOT_FOUND, SUB_AGENT_NOT_FOUND.
 */
export async function updateSubAgent(
  ctx: ServiceContext<UserActor>,
  input: z.output<typeof subAgentUpdateBody> & { agent_id: string; id: string },
): Promise<SubAgent> {
  const row = await ctx.db.as(ctx.actor, async (trx) => {
    const agent = await findAgent(trx, input.agent_id);
    const before = await lockSubAgent(trx, agent.id, input.id);
    const after = await trx
      .updateTable("sub_agents")
      .set({
        name: input.name ?? before.name,
        description: input.description === undefined ? before.description : input.description,
        topics: input.topics ? uniqueTopics(input.topics) : before.topics,
        system_prompt: input.system_prompt ?? before.system_prompt,
        model: input.model === undefined ? before.model : input.model,
        channel: input.channel === undefined ? before.channel : input.channel,
        is_active: input.is_active ?? before.is_active,
        knowledge_base: JSON.stringify(input.knowledge_base ?? before.knowledge_base),
        fine_tuning_config: JSON.stringify(input.fine_tuning_config ?? before.fine_tuning_config),
      })
      .where("id", "=", before.id)
      .returningAll()
      .executeTakeFirstOrThrow();
    await noteChange(trx, ctx.actor, {
      action: "sub_agent.changed",
      object: after,
      client_id: agent.client_id,
      fields: changedFields(before, after),
    });
    return after;
  });
  ctx.bus.publish({ topic: "registry", agent_id: row.agent_id });
  return toSubAgent(row);
}
