import { sql } from "kysely";
import type { z } from "zod";
import type { conversationListQuery } from "../../../protocol/requests.ts";
import type { InboxConversation, Page } from "../../../protocol/resources.ts";
import type { UserActor } from "../../db/actor.ts";
import { keysetSchema, type Keyset } from "../../db/keyset.ts";
import { decodeCursor, toPage } from "../../lib/cursor.ts";
import type { ServiceContext } from "../context.ts";
import { selectConversations, unreadCount } from "./find-conversation.ts";
import { toConversation } from "./to-conversation.ts";

// As the index has it. A conversation in which nobody has written yet stands where it was opened.
const ACTIVITY = sql<string>`coalesce(conversations.last_message_at, conversations.created_at)`;

/** Newest activity first. Throws VALIDATION_ERROR for a foreign cursor. */
export async function listConversations(
  ctx: ServiceContext<UserActor>,
  input: z.output<typeof conversationListQuery>,
): Promise<Page<InboxConversation>> {
  const after = input.cursor === undefined ? null : decodeCursor(input.cursor, keysetSchema);
  const rows = await ctx.db.as(ctx.actor, (trx) => {
    let query = selectConversations(trx)
      .select(unreadCount(ctx.actor.user_id).as("unread_count"))
      // With microseconds: a position cut to milliseconds would skip or repeat rows.
      .select(sql<string>`to_char(${ACTIVITY} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`.as("activity_at"));
    if (input.agent_id) query = query.where("conversations.agent_id", "=", input.agent_id);
    if (input.status) query = query.where("conversations.status", "=", input.status);
    if (input.owner === "me") {
      query = query.where("conversations.owner", "=", "operator").where("conversations.owner_id", "=", ctx.actor.user_id);
    } else if (input.owner) query = query.where("conversations.owner", "=", input.owner);
    if (input.waiting) query = query.where("conversations.waiting", "=", true);
    if (input.q) {
      const [isMine, owner] = [input.owner === "me", input.owner === "me" ? "operator" : (input.owner ?? null)];
      query = query.where(
        sql<boolean>`conversations.id in (select renus.search_conversations(
          ${input.q}, ${input.status ?? null}, ${input.agent_id ?? null}::uuid, ${owner}, ${isMine ? ctx.actor.user_id : null}::uuid,
          ${input.waiting === "true"}, ${after?.[0] ?? null}::timestamptz, ${after?.[1] ?? null}::uuid, ${input.limit + 1}))`,
      );
    }
    if (input.has_messages) query = query.where("conversations.last_seq", input.has_messages === "true" ? ">" : "=", 0);
    if (after) query = query.where(sql<boolean>`(${ACTIVITY}, conversations.id) < (${after[0]}::timestamptz, ${after[1]}::uuid)`);
    return query
      .orderBy(ACTIVITY, "desc")
      .orderBy("conversations.id", "desc")
      .limit(input.limit + 1)
      .execute();
  });
  return toPage(
    rows,
    input.limit,
    (last): Keyset => [last.activity_at, last.id],
    ({ activity_at: _, unread_count, ...row }) => ({ ...toConversation(row), unread_count }),
  );
}
