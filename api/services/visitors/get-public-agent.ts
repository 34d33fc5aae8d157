import type { PublicAgent } from "../../../protocol/resources.ts";
import { SYSTEM } from "../../db/actor.ts";
import { toPublicAgent } from "../agents/to-agent.ts";
import type { ServiceContext } from "../context.ts";
import { findPublicAgent } from "./find-public-agent.ts";

/** Throws AGENT_NOT_FOUND, with `paused: true` for a paused agent. */
export async function getPublicAgent(ctx: Pick<ServiceContext, "db">, input: { slug: string }): Promise<PublicAgent> {
  return toPublicAgent(await ctx.db.as(SYSTEM, (trx) => findPublicAgent(trx, input)));
}
