import { sql } from "kysely";
import { z } from "zod";
import type { listQuery } from "../../../protocol/requests.ts";
import type { AgentInstall, Page } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { exactTime, exactTimeSchema } from "../../db/keyset.ts";
import { decodeCursor, toPage } from "../../lib/cursor.ts";
import type { ServiceContext } from "../context.ts";
import { findAgent } from "./find-agent.ts";

/** An install has no id: an agent has one of each origin. */
const positionSchema = z.tuple([exactTimeSchema, z.string().max(300)]);
type Position = z.infer<typeof positionSchema>;

/** The websites on which the chat was used, the latest first. Throws AGENT_NOT_FOUND, VALIDATION_ERROR for a foreign cursor. */
export async function listInstalls(
  ctx: ServiceContext<UserActor>,
  input: z.output<typeof listQuery> & { id: string },
): Promise<Page<AgentInstall>> {
  const after = input.cursor === undefined ? null : decodeCursor(input.cursor, positionSchema);
  const rows = await ctx.db.as(ctx.actor, async (trx) => {
    const agent = await findAgent(trx, input.id);
    return await trx
      .selectFrom("agent_installs")
      .select(["origin", "widget_version", "first_seen_at", "last_seen_at", "sessions"])
      .select(exactTime("last_seen_at").as("exact_time"))
      .where("agent_id", "=", agent.id)
      .$if(after !== null, (query) =>
        query.where(sql<boolean>`(last_seen_at, origin) < (${after![0]}::timestamptz, ${after![1]}::text)`),
      )
      .orderBy("last_seen_at", "desc")
      .orderBy("origin", "desc")
      .limit(input.limit + 1)
      .execute();
  });
  return toPage(
    rows,
    input.limit,
    (last): Position => [last.exact_time, last.origin],
    ({ exact_time: _, ...row }) => row,
  );
}
