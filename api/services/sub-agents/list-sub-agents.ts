import type { z } from "zod";
import type { listQuery } from "../../../protocol/requests.ts";
import type { Page, SubAgent } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { exactTime, isAfterKeyset, keysetSchema, type Keyset } from "../../db/keyset.ts";
import { decodeCursor, toPage } from "../../lib/cursor.ts";
import { findAgent } from "../agents/find-agent.ts";
import type { ServiceContext } from "../context.ts";
import { toSubAgent } from "./to-sub-agent.ts";

/** Newest first. Throws AGENT_NOT_FOUND, VALIDATION_ERROR for a foreign cursor. */
export async function listSubAgents(
  ctx: ServiceContext<UserActor>,
  input: z.output<typeof listQuery> & { agent_id: string },
): Promise<Page<SubAgent>> {
  const after = input.cursor === undefined ? null : decodeCursor(input.cursor, keysetSchema);
  const rows = await ctx.db.as(ctx.actor, async (trx) => {
    const agent = await findAgent(trx, input.agent_id);
    let query = trx
      .selectFrom("sub_agents")
      .selectAll()
      .select(exactTime("created_at").as("exact_time"))
      .where("agent_id", "=", agent.id);
    if (after) query = query.where(isAfterKeyset("created_at", after));
    return await query
      .orderBy("created_at", "desc")
      .orderBy("id", "desc")
      .limit(input.limit + 1)
      .execute();
  });
  return toPage(rows, input.limit, (last): Keyset => [last.exact_time, last.id], toSubAgent);
}
