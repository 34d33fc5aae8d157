import type { UserActor } from "../../db/actor.ts";
import { findAgent } from "../agents/find-agent.ts";
import { noteChange } from "../audit/note-change.ts";
import type { ServiceContext } from "../context.ts";
import { lockSubAgent } from "./to-sub-agent.ts";

/** Conversations it answered go on with the main agent. Throws AGENT_NOT_FOUND, SUB_AGENT_NOT_FOUND. */
export async function deleteSubAgent(ctx: ServiceContext<UserActor>, input: { agent_id: string; id: string }): Promise<void> {
  await ctx.db.as(ctx.actor, async (trx) => {
    const agent = await findAgent(trx, input.agent_id);
    const subAgent = await lockSubAgent(trx, agent.id, input.id);
    await trx.deleteFrom("sub_agents").where("id", "=", input.id).execute();
    await noteChange(trx, ctx.actor, { action: "sub_agent.deleted", object: subAgent, client_id: agent.client_id });
  });
  ctx.bus.publish({ topic: "registry", agent_id: input.agent_id });
}
