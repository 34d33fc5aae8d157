import { sql } from "kysely";
import type { VisitorActor } from "../../db/actor.ts";
import type { ServiceContext } from "../context.ts";
import { agentUnavailable } from "./post-message.ts";

/** Throws AGENT_NOT_FOUND when the visitor's agent is paused, unpublished or gone. */
export async function checkAgent(ctx: ServiceContext<VisitorActor>): Promise<void> {
  const { rows } = await ctx.db.as(ctx.actor, (trx) =>
    sql<{ status: string | null }>`select renus.visitor_agent_status() as status`.execute(trx),
  );
  if (rows[0]?.status !== "active") throw agentUnavailable(ctx.actor.agent_id);
}
