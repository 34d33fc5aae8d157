import type { UserActor } from "../../db/actor.ts";
import { noteChange } from "../audit/note-change.ts";
import type { ServiceContext } from "../context.ts";
import { lockAgent } from "./find-agent.ts";

/** With its sub-agents, visitors and conversations. Throws AGENT_NOT_FOUND. */
export async function deleteAgent(ctx: ServiceContext<UserActor>, input: { id: string }): Promise<void> {
  await ctx.db.as(ctx.actor, async (trx) => {
    const agent = await lockAgent(trx, input.id);
    await trx.deleteFrom("agents").where("id", "=", input.id).execute();
    await noteChange(trx, ctx.actor, { action: "agent.deleted", object: agent, client_id: agent.client_id });
  });
  ctx.bus.publish({ topic: "registry", agent_id: input.id });
}
