import { sql } from "kysely";
import type { z } from "zod";
import type { listQuery } from "../../../protocol/requests.ts";
import type { Page, RoutingExample } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { exactTime, keysetSchema, type Keyset } from "../../db/keyset.ts";
import { decodeCursor, toPage } from "../../lib/cursor.ts";
import type { ServiceContext } from "../context.ts";
import { findAgent } from "./find-agent.ts";

type Input = z.output<typeof listQuery> & { agent_id: string };

/** What people have corrected, newest first. Throws AGENT_NOT_FOUND, VALIDATION_ERROR for a foreign cursor. */
export async function listRoutingExamples(ctx: ServiceContext<UserActor>, input: Input): Promise<Page<RoutingExample>> {
  const after = input.cursor === undefined ? null : decodeCursor(input.cursor, keysetSchema);
  const rows = await ctx.db.as(ctx.actor, async (trx) => {
    const agent = await findAgent(trx, input.agent_id);
    return await trx
      .selectFrom("routing_examples")
      .select(["message_id", "text", "chosen_sub_agent_id", "expected_sub_agent_id", "created_at"])
      .select(exactTime("created_at").as("exact_time"))
      .where("agent_id", "=", agent.id)
      .$if(after !== null, (query) =>
        query.where(sql<boolean>`(created_at, message_id) < (${after![0]}::timestamptz, ${after![1]}::uuid)`),
      )
      .orderBy("created_at", "desc")
      .orderBy("message_id", "desc")
      .limit(input.limit + 1)
      .execute();
  });
  return toPage(
    rows,
    input.limit,
    (last): Keyset => [last.exact_time, last.message_id],
    ({ exact_time: _, ...row }) => row,
  );
}
