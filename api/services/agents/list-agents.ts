import { sql, type RawBuilder } from "kysely";
import { z } from "zod";
import type { agentListQuery } from "../../../protocol/requests.ts";
import type { AgentListItem, Page } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { exactTime, isAfterKeyset, keysetSchema } from "../../db/keyset.ts";
import { decodeCursor, toPage } from "../../lib/cursor.ts";
import type { ServiceContext } from "../context.ts";
import { toAgent } from "./to-agent.ts";

type Sort = NonNullable<z.output<typeof agentListQuery>["sort"]>;

// One look into the index for each agent, however many conversations it has.
const LAST_ACTIVITY = sql<
  string | null
>`(select max(c.last_message_at) from public.conversations c where c.agent_id = agents.id)`;
// Nobody wrote before 1970, so agents without a conversation come last.
const ACTIVITY_OR_NEVER = sql`coalesce(${LAST_ACTIVITY}, 'epoch'::timestamptz)`;
const microseconds = (time: RawBuilder<unknown>) =>
  sql<string>`to_char(${time} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** What a list is sorted by: `order` in the database, `key` as it travels in a cursor, `isAfter` for the rows behind it. */
interface Order {
  key: RawBuilder<string>;
  order: RawBuilder<unknown>;
  direction: "asc" | "desc";
  cursor: z.ZodType<[string, string]>;
  isAfter(position: [string, string]): RawBuilder<boolean>;
}
const named = (sort: Sort, key: z.ZodType<string>) =>
  z.tuple([z.literal(sort), key, z.uuid()]).transform(([, value, id]): [string, string] => [value, id]);
const ORDERS: Readonly<Record<Sort, Order>> = {
  created: {
    key: exactTime("created_at"),
    order: sql.ref("created_at"),
    direction: "desc",
    cursor: keysetSchema,
    isAfter: (position) => isAfterKeyset("created_at", position),
  },
  name: {
    key: sql<string>`lower(name)`,
    order: sql`lower(name)`,
    direction: "asc",
    cursor: named("name", z.string().max(300)),
    isAfter: ([name, id]) => sql<boolean>`(lower(name), id) > (${name}::text, ${id}::uuid)`,
  },
  last_activity: {
    key: microseconds(ACTIVITY_OR_NEVER),
    order: ACTIVITY_OR_NEVER,
    direction: "desc",
    cursor: named("last_activity", keysetSchema.def.items[0]),
    isAfter: ([at, id]) => sql<boolean>`(${ACTIVITY_OR_NEVER}, id) < (${at}::timestamptz, ${id}::uuid)`,
  },
  visits: {
    key: sql<string>`access_count::text`,
    order: sql.ref("access_count"),
    direction: "desc",
    cursor: named("visits", z.string().regex(/^\d{1,9}$/)),
    isAfter: ([visits, id]) => sql<boolean>`(access_count, id) < (${visits}::int, ${id}::uuid)`,
  },
};

/**
 * Newest first unless `sort` says otherwise. `q` looks for all its words in name, description and slug. Throws
 * VALIDATION_ERROR for a foreign cursor, another order's included.
 */
export async function listAgents(
  ctx: ServiceContext<UserActor>,
  input: z.output<typeof agentListQuery>,
): Promise<Page<AgentListItem>> {
  const sort = input.sort ?? "created";
  const { key, order, direction, cursor, isAfter } = ORDERS[sort];
  const after = input.cursor === undefined ? null : decodeCursor(input.cursor, cursor);
  const words = (input.q ?? "").split(/\s+/).filter((word) => word !== "");
  const rows = await ctx.db.as(ctx.actor, (trx) => {
    let query = trx
      .selectFrom("agents")
      .selectAll()
      .select(key.as("sort_key"))
      .select((eb) =>
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
    if (after) query = query.where(isAfter(after));
    return query
      .orderBy(order, direction)
      .orderBy("id", direction)
      .limit(input.limit + 1)
      .execute();
  });
  return toPage(
    rows,
    input.limit,
    (last) => (sort === "created" ? [last.sort_key, last.id] : [sort, last.sort_key, last.id]),
    ({ sort_key: _, last_activity_at, ...row }) => ({ ...toAgent(row, ctx.config), last_activity_at }),
  );
}
