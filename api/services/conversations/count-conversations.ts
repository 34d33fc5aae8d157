import { sql } from "kysely";
import type { ConversationCounts } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import type { ServiceContext } from "../context.ts";

/** How many are open, need a person, and are the caller's own; each counted up to 100, of one agent or of all. */
export async function countConversations(
  ctx: ServiceContext<UserActor>,
  input: { agent_id?: string | undefined },
): Promise<ConversationCounts> {
  const ofAgent = input.agent_id ? sql`and agent_id = ${input.agent_id}::uuid` : sql``;
  const upTo100 = (condition: ReturnType<typeof sql>) =>
    sql`(select count(*)::int from (select from conversations where ${condition} ${ofAgent} limit 100) counted)`;
  return await ctx.db.as(ctx.actor, async (trx) => {
    const { rows } = await sql<ConversationCounts>`select
      ${upTo100(sql`status = 'open' and last_seq > 0`)} as open,
      ${upTo100(sql`waiting`)} as waiting,
      ${upTo100(sql`status = 'open' and owner = 'operator' and owner_id = ${ctx.actor.user_id}::uuid`)} as mine`.execute(trx);
    return rows[0]!;
  });
}
