import type { Agent } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { noteChange } from "../audit/note-change.ts";
import type { ServiceContext } from "../context.ts";
import { lockAgent } from "./find-agent.ts";
import { toAgent } from "./to-agent.ts";

/** Pauses the agent: its page and sockets say so, its address stays its own. Throws AGENT_NOT_FOUND. */
export async function unpublishAgent(ctx: ServiceContext<UserActor>, input: { id: string }): Promise<Agent> {
  const row = await ctx.db.as(ctx.actor, async (trx) => {
    const before = await lockAgent(trx, input.id);
    const after = await trx
      .updateTable("agents")
      .set({ status: "inactive", is_public: false })
      .where("id", "=", before.id)
      .returningAll()
      .executeTakeFirstOrThrow();
    await noteChange(trx, ctx.actor, { action: "agent.paused", object: after, client_id: after.client_id });
    return after;
  });
  ctx.bus.publish({ topic: "registry", agent_id: row.id });
  return toAgent(row, ctx.config);
}
