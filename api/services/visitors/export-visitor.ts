import { sql } from "kysely";
import type { VisitorExport } from "../../../protocol/resources.ts";
import { SYSTEM, type UserActor, type VisitorActor } from "../../db/actor.ts";
import type { Trx } from "../../db/database.ts";
import { sessionEnded } from "../../errors.ts";
import { noteChange } from "../audit/note-change.ts";
import { exportConversation, type ConversationExport } from "../conversations/export-conversation.ts";
import type { ServiceContext } from "../context.ts";
import { toMessage } from "../messages/to-message.ts";
import { visitorNotFound } from "./visitor-not-found.ts";

type About = Omit<VisitorExport, "conversations">;

/** All there is of a visitor, as their company sees it, with traces and notes. Throws NOT_FOUND. */
export async function exportVisitor(
  ctx: ServiceContext<UserActor>,
  input: { visitor_id: string },
): Promise<About & { conversations: ConversationExport[] }> {
  const found = await ctx.db.as(ctx.actor, async (trx) => {
    const about = await aboutOf(trx, input.visitor_id);
    if (!about) return null;
    const { client_id } = await trx
      .selectFrom("visitors")
      .select("client_id")
      .where("id", "=", input.visitor_id)
      .executeTakeFirstOrThrow();
    return { about, client_id, ids: await conversationsOf(trx, input.visitor_id).select("id").execute() };
  });
  if (!found) throw visitorNotFound();
  // By the server: a key that may only read writes nothing.
  const note = { action: "visitor.exported", object: { id: input.visitor_id, name: null }, client_id: found.client_id } as const;
  await ctx.db.as(SYSTEM, (trx) => noteChange(trx, ctx.actor, note));
  const conversations: ConversationExport[] = [];
  for (const { id } of found.ids) conversations.push(await exportConversation(ctx, { conversation_id: id }));
  return { ...found.about, conversations };
}

/** The same for the visitor: without what only colleagues see. Throws AUTH_ERROR when they were erased. */
export async function exportOwnVisitor(ctx: ServiceContext<VisitorActor>): Promise<VisitorExport> {
  const { visitor_id } = ctx.actor;
  return await ctx.db.as(SYSTEM, async (trx) => {
    const about = await aboutOf(trx, visitor_id);
    if (!about) throw sessionEnded();
    const rows = await conversationsOf(trx, visitor_id)
      .select(["id", "status", "source", "locale", "page_url", "meta", "widget_version", "created_at", "last_message_at"])
      .execute();
    const messages = await trx
      .selectFrom("messages")
      .selectAll()
      .where("conversation_id", "in", conversationsOf(trx, visitor_id).select("id"))
      .orderBy("conversation_id")
      .orderBy("seq")
      .execute();
    const said = Map.groupBy(messages.map(toMessage), ({ conversation_id }) => conversation_id);
    const conversations = rows.map((row) => ({ ...row, messages: said.get(row.id) ?? [] }));
    return { ...about, conversations } as VisitorExport;
  });
}

const conversationsOf = (trx: Trx, visitorId: string) =>
  trx.selectFrom("conversations").where("visitor_id", "=", visitorId).orderBy("created_at").orderBy("id");

async function aboutOf(trx: Trx, visitorId: string): Promise<About | null> {
  const visitor = await trx.selectFrom("visitors").selectAll().where("id", "=", visitorId).executeTakeFirst();
  if (!visitor) return null;
  const usage = await trx
    .selectFrom("usage_days")
    .select([sql<string>`to_char(day, 'YYYY-MM-DD')`.as("day"), "replies", "tokens"])
    .where("visitor_id", "=", visitorId)
    .orderBy("day")
    .execute();
  const { client_id: _, ...shown } = visitor;
  return { exported_at: new Date().toISOString(), visitor: shown, usage };
}
