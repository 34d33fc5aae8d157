import type { Selectable } from "kysely";
import type { UserActor } from "../../db/actor.ts";
import type { SubAgentsTable } from "../../db/types.ts";
import type { ServiceContext } from "../context.ts";
import { findAgent } from "./find-agent.ts";
import type { AgentRow } from "./to-agent.ts";

/** An agent, published or not, with all its sub-agents, oldest first. Throws AGENT_NOT_FOUND. */
export async function findAgentTeam(
  ctx: ServiceContext<UserActor>,
  input: { id: string },
): Promise<{ agent: AgentRow; subAgents: Selectable<SubAgentsTable>[] }> {
  return await ctx.db.as(ctx.actor, async (trx) => {
    const agent = await findAgent(trx, input.id);
    const subAgents = await trx
      .selectFrom("sub_agents")
      .selectAll()
      .where("agent_id", "=", agent.id)
      .orderBy("created_at")
      .orderBy("id")
      .execute();
    return { agent, subAgents };
  });
}
