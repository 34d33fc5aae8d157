import type { AgentInstall, Page } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import type { ServiceContext } from "../context.ts";
import { findAgent } from "./find-agent.ts";

/** The websites on which the chat was used, the latest first; few enough for one page. Throws AGENT_NOT_FOUND. */
export async function listInstalls(ctx: ServiceContext<UserActor>, input: { id: string }): Promise<Page<AgentInstall>> {
  const data = await ctx.db.as(ctx.actor, async (trx) => {
    const agent = await findAgent(trx, input.id);
    return await trx
      .selectFrom("agent_installs")
      .select(["origin", "widget_version", "first_seen_at", "last_seen_at", "sessions"])
      .where("agent_id", "=", agent.id)
      .orderBy("last_seen_at", "desc")
      .orderBy("origin")
      .execute();
  });
  return { data, next_cursor: null };
}
