import type { z } from "zod";
import type { agentListQuery } from "../../../protocol/requests.ts";
import type { AgentListItem, Page } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { exactTime, isAfterKeyset, keysetSchema, type Keyset } from "../../db/keyset.ts";
import { decodeCursor, toPage } from "../../lib/cursor.ts";
import type { ServiceContext } from "../context.ts";
import { toAgent } from "./to-agent.ts";

/** Newest first. `q` looks for all its words in name, description and slug. Throws VALIDATION_ERROR for a foreign cursor. */
export async function listAgents(
  ctx: ServiceContext<UserActor>,
  input: z.output<typeof agentListQuery>,
): Promise<Page<AgentListItem>> {
  const after = input.cursor === undefined ? null : decodeCursor(input.cursor, keysetSchema);
  const words = (input.q ?? "").split(/\s+/).filter((word) => word !== "");
  const rows = await ctx.db.as(ctx.actor, (trx) => {
    let query = trx
      .selectFrom("agents")
      .selectAll()
      .select(exactTime("created_at").as("exact_time"))
      .select((eb) =>
        // One look into the index for each agent of the page, however many conversations it has.
        eb
          .selectFrom("conversations")
          .whereRef("conversations.agent_id", "=", "agents.id")
          .select((of) => of.fn.max("conversations.last_message_at").as("at"))
          .as("last_activity_at"),
      );
    if (input.status) query = query.where("status", "=", input.status);
    for (const word of words.slice(0, 10)) {
      const pattern = `%${word.replace(/[\\%_]/g, "\\$&")}%`;
      query = query.where((eb) =>
        eb.or([eb("name", "ilike", pattern), eb("description", "ilike", pattern), eb("slug", "ilike", pattern)]),
      );
    }
    if (after) query = query.where(isAfterKeyset("created_at", after));
    return query
      .orderBy("created_at", "desc")
      .orderBy("id", "desc")
      .limit(input.limit + 1)
      .execute();
  });
  return toPage(
    rows,
    input.limit,
    (last): Keyset => [last.exact_time, last.id],
    ({ exact_time: _, last_activity_at, ...row }) => ({ ...toAgent(row, ctx.config), last_activity_at }),
  );
}
