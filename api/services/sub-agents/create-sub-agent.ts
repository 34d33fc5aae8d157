import type { z } from "zod";
import type { subAgentCreateBody } from "../../../protocol/requests.ts";
import type { SubAgent } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { AppError } from "../../errors.ts";
import { findAgent } from "../agents/find-agent.ts";
import { noteChange } from "../audit/note-change.ts";
import type { ServiceContext } from "../context.ts";
import { toSubAgent, uniqueTopics } from "./to-sub-agent.ts";

/** Throws INVALID_AGENT_ID. */
export async function createSubAgent(
  ctx: ServiceContext<UserActor>,
  input: z.output<typeof subAgentCreateBody> & { agent_id: string },
): Promise<SubAgent> {
  const row = await ctx.db.as(ctx.actor, async (trx) => {
    const agent = await findAgent(trx, input.agent_id).catch((err: unknown) => {
      if (!(err instanceof AppError)) throw err;
      throw new AppError("INVALID_AGENT_ID", "There is no such agent to add a sub-agent to.", { agent_id: input.agent_id });
    });
    const after = await trx
      .insertInto("sub_agents")
      .values({
        agent_id: agent.id,
        name: input.name,
        description: input.description ?? null,
        topics: uniqueTopics(input.topics),
        system_prompt: input.system_prompt,
        model: input.model ?? null,
        channel: input.channel ?? null,
        is_active: input.is_active ?? true,
        knowledge_base: JSON.stringify(input.knowledge_base ?? {}),
        fine_tuning_config: JSON.stringify(input.fine_tuning_config ?? {}),
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    await noteChange(trx, ctx.actor, { action: "sub_agent.created", object: after, client_id: agent.client_id });
    return after;
  });
  ctx.bus.publish({ topic: "registry", agent_id: row.agent_id });
  return toSubAgent(row);
}
