import { sql, type Selectable } from "kysely";
import type { z } from "zod";
import { META_KEYS_MAX, type publicSessionBody } from "../../../protocol/requests.ts";
import type { Trx } from "../../db/database.ts";
import type { ConversationsTable } from "../../db/types.ts";
import { validationError } from "../../errors.ts";
import type { AgentRow } from "../agents/to-agent.ts";

/** What a page says of itself and of where the visitor came from. */
export type PageAbout = Pick<z.output<typeof publicSessionBody>, "locale" | "page_url" | "source" | "meta" | "widget_version">;
/** As a body has it, or a row. */
type AboutRow = { [Name in keyof Omit<PageAbout, "meta">]?: PageAbout[Name] | null } & { meta?: Record<string, unknown> | null };

/** The visitor's conversation with the newest activity; `isOpen`: only one that has not ended. */
export async function latestConversation(
  trx: Trx,
  visitorId: string,
  isOpen: boolean,
): Promise<Selectable<ConversationsTable> | undefined> {
  let query = trx.selectFrom("conversations").selectAll().where("visitor_id", "=", visitorId);
  if (isOpen) query = query.where("status", "=", "open");
  return await query
    .orderBy(sql`coalesce(last_message_at, created_at)`, "desc")
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
}

export async function insertConversation(trx: Trx, agent: AgentRow, visitorId: string, about: AboutRow): Promise<{ id: string }> {
  return await trx
    .insertInto("conversations")
    .values({
      client_id: agent.client_id,
      agent_id: agent.id,
      visitor_id: visitorId,
      source: about.source ?? null,
      locale: about.locale ?? null,
      page_url: about.page_url ?? null,
      meta: JSON.stringify(about.meta ?? {}),
      widget_version: about.widget_version ?? null,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
}

/** Page context of a conversation that goes on: keys that are given replace former ones. Throws VALIDATION_ERROR for too many. */
export async function noteAbout(
  trx: Trx,
  conversationId: string,
  about: Pick<PageAbout, "meta" | "widget_version">,
): Promise<void> {
  if (!about.meta && about.widget_version === undefined) return;
  const { meta } = await trx
    .updateTable("conversations")
    .set({
      meta: sql`meta || ${JSON.stringify(about.meta ?? {})}::jsonb`,
      ...(about.widget_version !== undefined && { widget_version: about.widget_version }),
    })
    .where("id", "=", conversationId)
    .returning("meta")
    .executeTakeFirstOrThrow();
  if (Object.keys(meta).length > META_KEYS_MAX) {
    throw validationError([{ path: ["meta"], message: `A conversation holds at most ${META_KEYS_MAX} keys.` }]);
  }
}
