import type { Agent } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import type { ServiceContext } from "../context.ts";
import { findAgent } from "./find-agent.ts";
import { toAgent } from "./to-agent.ts";

/** Throws AGENT_NOT_FOUND. */
export async function getAgent(ctx: ServiceContext<UserActor>, input: { id: string }): Promise<Agent> {
  return toAgent(await ctx.db.as(ctx.actor, (trx) => findAgent(trx, input.id)), ctx.config);
}
