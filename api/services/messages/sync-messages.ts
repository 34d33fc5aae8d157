import { sql, type Selectable } from "kysely";
import type { ServerFrame } from "../../../protocol/frames.ts";
import type { Message } from "../../../protocol/resources.ts";
import type { UserActor, VisitorActor } from "../../db/actor.ts";
import type { Trx } from "../../db/database.ts";
import type { MessagesTable } from "../../db/types.ts";
import { AppError, conversationNotFound } from "../../errors.ts";
import type { ServiceContext } from "../context.ts";
import { toMessage } from "./to-message.ts";

type SyncData = Extract<ServerFrame, { type: "sync_data" }>;
export interface SyncInput {
  last_message_id?: string | null | undefined;
  /** Conversation → the last rev that is known. */
  cursors?: Record<string, number> | undefined;
  conversation_id?: string | undefined;
  before_seq?: number | undefined;
  /** Messages in one answer. */
  limit: number;
}
export interface SyncResult {
  messages: Message[];
  conversations: SyncData["conversations"];
  history?: NonNullable<SyncData["history"]>;
  /** Conversations that were asked for and do not exist for the caller. */
  missing: string[];
}

/**
 * Everything since a point, or a page of history. `top_rev` of each conversation is the cursor to go on with: when
 * `has_more`, up to the last message of this answer. A cursor ahead of the conversation starts again with `reset`.
 * Throws CONVERSATION_NOT_FOUND, NOT_FOUND (unknown last_message_id), VALIDATION_ERROR.
 */
export async function syncMessages(ctx: ServiceContext<UserActor | VisitorActor>, input: SyncInput): Promise<SyncResult> {
  return ctx.db.as(ctx.actor, async (trx) => {
    if (input.cursors) return since(trx, input.cursors, input.limit);
    if (input.conversation_id) return history(trx, input.conversation_id, input.before_seq ?? null, input.limit);
    if (input.last_message_id) return sinceMessage(trx, input.last_message_id, input.limit);
    if (ctx.actor.kind !== "visitor") {
      throw new AppError("VALIDATION_ERROR", "Name cursors, a conversation_id or the last_message_id.", { issues: [] });
    }
    const own = await trx.selectFrom("conversations").select("id").where("visitor_id", "=", ctx.actor.visitor_id).execute();
    return since(trx, Object.fromEntries(own.map(({ id }) => [id, 0])), input.limit);
  });
}

async function since(trx: Trx, cursors: Record<string, number>, limit: number): Promise<SyncResult> {
  const ids = Object.keys(cursors);
  if (ids.length === 0) return { messages: [], conversations: [], missing: [] };
  const known = await trx.selectFrom("conversations").select(["id", "last_rev"]).where("id", "in", ids).execute();
  if (known.length === 0) throw conversationNotFound();
  const points = known.map(({ id, last_rev }) => {
    const reset = cursors[id]! > last_rev;
    return { id, from_rev: reset ? 0 : cursors[id]!, top_rev: last_rev, reset };
  });
  // Read up to the revs seen above: what changed meanwhile has a higher one and comes with the next sync.
  const { rows } = await sql<Selectable<MessagesTable>>`
    select m.*
      from jsonb_to_recordset(${JSON.stringify(points)}::jsonb) as c (id uuid, from_rev integer, top_rev integer)
     cross join lateral (select * from messages where conversation_id = c.id and rev > c.from_rev and rev <= c.top_rev
                          order by rev limit ${limit + 1}) m
     order by c.id, m.rev limit ${limit + 1}`.execute(trx);

  // The one row too many belongs to the first conversation that is cut; those behind it have nothing in this answer.
  const sent = rows.slice(0, limit);
  const cutAt = rows[limit]?.conversation_id;
  const lastSent = new Map(sent.map((row) => [row.conversation_id, row.rev]));
  return {
    messages: sent.map(toMessage),
    conversations: points.map(({ id, from_rev, top_rev, reset }) => {
      const hasMore = cutAt !== undefined && id >= cutAt && from_rev < top_rev;
      return { id, top_rev: hasMore ? (lastSent.get(id) ?? from_rev) : top_rev, has_more: hasMore, reset };
    }),
    missing: ids.filter((id) => !known.some((row) => row.id === id)),
  };
}

async function sinceMessage(trx: Trx, messageId: string, limit: number): Promise<SyncResult> {
  const last = await trx
    .selectFrom("messages")
    .innerJoin("conversations", "conversations.id", "messages.conversation_id")
    .select(["messages.conversation_id", "messages.seq", "messages.rev", "conversations.last_rev"])
    .where("messages.id", "=", messageId)
    .executeTakeFirst();
  if (!last) throw new AppError("NOT_FOUND", "This message does not exist, or you may not see it.");
  // Newer by place, or changed since: a reply that was still streaming stands before the message that is known.
  const found = await trx
    .selectFrom("messages")
    .selectAll()
    .where("conversation_id", "=", last.conversation_id)
    .where((where) => where.or([where("seq", ">", last.seq), where("rev", ">", last.rev)]))
    .where("id", "!=", messageId)
    .orderBy("seq")
    .limit(limit + 1)
    .execute();
  const hasMore = found.length > limit;
  const sent = found.slice(0, limit);
  return {
    messages: sent.map(toMessage),
    conversations: [
      {
        id: last.conversation_id,
        top_rev: hasMore ? last.rev : last.last_rev,
        has_more: hasMore,
        reset: false,
      },
    ],
    missing: [],
  };
}

async function history(trx: Trx, conversationId: string, beforeSeq: number | null, limit: number): Promise<SyncResult> {
  const conversation = await trx
    .selectFrom("conversations")
    .select(["id", "last_seq", "last_rev"])
    .where("id", "=", conversationId)
    .executeTakeFirst();
  if (!conversation) throw conversationNotFound();
  const before = beforeSeq ?? conversation.last_seq + 1;
  const found = await trx
    .selectFrom("messages")
    .selectAll()
    .where("conversation_id", "=", conversationId)
    .where("seq", "<", before)
    .orderBy("seq", "desc")
    .limit(limit + 1)
    .execute();
  const hasMore = found.length > limit;
  return {
    messages: found.slice(0, limit).reverse().map(toMessage),
    conversations: [{ id: conversation.id, top_rev: conversation.last_rev, has_more: false, reset: false }],
    history: { conversation_id: conversation.id, before_seq: before, has_more: hasMore },
    missing: [],
  };
}
