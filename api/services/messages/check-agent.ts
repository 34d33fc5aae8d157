import { sql } from "kysely";
import { SYSTEM, type VisitorActor } from "../../db/actor.ts";
import { AppError, sessionEnded } from "../../errors.ts";
import type { ServiceContext } from "../context.ts";

/**
 * Throws AGENT_NOT_FOUND when the visitor's agent is paused, unpublished or gone, and AUTH_ERROR when the visitor is, though
 * their token lives: they begin anew.
 */
export async function checkAgent(ctx: ServiceContext<VisitorActor>): Promise<void> {
  const { agent_id } = ctx.actor;
  const { rows } = await ctx.db.as(ctx.actor, (trx) =>
    sql<{ status: string | null }>`select renus.visitor_agent_status() as status`.execute(trx),
  );
  const status = rows[0]?.status;
  if (status === "active") return;
  // Without a visitor there is no status; whether there is an agent, visitors may not read.
  const agent =
    status == null &&
    (await ctx.db.as(SYSTEM, (trx) => trx.selectFrom("agents").select("id").where("id", "=", agent_id).executeTakeFirst()));
  throw agent ? sessionEnded() : agentUnavailable(agent_id);
}

export const agentUnavailable = (agentId: string) =>
  new AppError("AGENT_NOT_FOUND", "This assistant is not available at the moment. Please come back later.", {
    agent_id: agentId,
  });
