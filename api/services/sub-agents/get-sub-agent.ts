import type { SubAgent } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { subAgentNotFound } from "../../errors.ts";
import { isUuid } from "../../lib/ids.ts";
import { findAgent } from "../agents/find-agent.ts";
import type { ServiceContext } from "../context.ts";
import { toSubAgent } from "./to-sub-agent.ts";

/** Throws AGENT_NOT_FOUND, SUB_AGENT_NOT_FOUND. */
export async function getSubAgent(ctx: ServiceContext<UserActor>, input: { agent_id: string; id: string }): Promise<SubAgent> {
  return await ctx.db.as(ctx.actor, async (trx) => {
    const agent = await findAgent(trx, input.agent_id);
    const row = isUuid(input.id)
      ? await trx
          .selectFrom("sub_agents")
          .selectAll()
          .where("id", "=", input.id)
          .where("agent_id", "=", agent.id)
          .executeTakeFirst()
      : undefined;
    if (!row) throw subAgentNotFound();
    return toSubAgent(row);
  });
}
