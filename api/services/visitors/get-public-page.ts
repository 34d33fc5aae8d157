import type { PublicAgent } from "../../../protocol/resources.ts";
import { SYSTEM } from "../../db/actor.ts";
import { allowedOriginsOf } from "../../lib/origins.ts";
import { toPublicAgent } from "../agents/to-agent.ts";
import type { ServiceContext } from "../context.ts";
import { findPublicAgent } from "./find-public-agent.ts";

/** The agent, and what only the server needs for its page: on which websites the page may stand in a frame. */
export interface PublicPage {
  agent: PublicAgent;
  allowedOrigins: string[];
}

/** Throws AGENT_NOT_FOUND, with `paused: true` for a paused agent. */
export async function getPublicPage(ctx: Pick<ServiceContext, "db">, input: { slug: string }): Promise<PublicPage> {
  const row = await ctx.db.as(SYSTEM, (trx) => findPublicAgent(trx, input));
  return { agent: toPublicAgent(row), allowedOrigins: allowedOriginsOf(row.config as Record<string, unknown>) };
}
