import { sql, type Selectable } from "kysely";
import type { VisibleConversation } from "../../protocol/frames.ts";
import type { Message, RoutingTrace } from "../../protocol/resources.ts";
import { SYSTEM } from "../db/actor.ts";
import type { Database, Trx } from "../db/database.ts";
import type { ConversationsTable, MessagesTable } from "../db/types.ts";
import { systemLines } from "../services/conversations/system-lines.ts";
import type { ClaimedJob } from "../services/messages/claims.ts";
import { toVisibleConversation } from "../services/conversations/to-conversation.ts";
import { toMessage } from "../services/messages/to-message.ts";

type ConversationRow = Selectable<ConversationsTable>;
type MessageRow = Selectable<MessagesTable>;
export interface Speaker {
  id: string | null;
  name: string;
  /** What becomes the conversation's specialist; null for the main agent. */
  sub_agent_id: string | null;
}

/**
 * Runs `fn` only while the job is running under this fence and the assistant still owns the conversation in the same epoch.
 * null: somebody else decides now, nothing was written. The conversation is locked before the job, as everywhere.
 */
async function underFence<T>(
  db: Database,
  job: ClaimedJob,
  fn: (trx: Trx, conversation: ConversationRow) => Promise<T>,
): Promise<T | null> {
  return db.as(SYSTEM, async (trx) => {
    const conversation = await trx
      .selectFrom("conversations")
      .selectAll()
      .where("id", "=", job.conversation_id)
      .forUpdate()
      .executeTakeFirst();
    if (!conversation || conversation.owner !== "assistant" || conversation.owner_epoch !== job.owner_epoch) return null;
    const held = await trx
      .selectFrom("reply_jobs")
      .select("id")
      .where("id", "=", job.id)
      .where("fence", "=", job.fence)
      .where("status", "=", "running")
      .forUpdate()
      .executeTakeFirst();
    return held ? fn(trx, conversation) : null;
  });
}

/** The row of a reply as its first token arrives; null: somebody else decides now. Throws RN410 where the conversation is closed. */
export async function startReply(
  db: Database,
  job: ClaimedJob,
  speaker: Speaker,
  attempt: number,
  trace: RoutingTrace | null,
): Promise<Message | null> {
  const [row] = await db.call<MessageRow>(sql`
    select * from renus.start_reply(${job.id}::uuid, ${job.conversation_id}::uuid, ${job.owner_epoch}::integer, ${job.fence}::integer,
      ${speaker.id}::uuid, ${speaker.name}::text, ${speaker.sub_agent_id}::uuid, ${attempt}::integer,
      ${trace && JSON.stringify(trace)}::jsonb)`);
  return row ? toMessage(row) : null;
}

/** Another attempt at a reply that was already shown begins: its text starts again. */
export function restartReply(db: Database, job: ClaimedJob, messageId: string, attempt: number): Promise<Message | null> {
  return underFence(db, job, async (trx) => {
    await trx.updateTable("reply_jobs").set({ attempt }).where("id", "=", job.id).execute();
    return revise(trx, messageId, "", "streaming", attempt, null);
  });
}

/** A reply in progress as it stands. */
export interface Draft {
  job: ClaimedJob;
  message_id: string;
  content: string;
  attempt: number;
}

/** Saves what was written so far. Returns the jobs that somebody else decides about now, of which nothing was written. */
export async function saveReplies(db: Database, drafts: readonly Draft[]): Promise<Set<string>> {
  const items = drafts.map(({ job, ...draft }) => {
    const { id: job_id, conversation_id, owner_epoch, fence } = job;
    return { job_id, conversation_id, owner_epoch, fence, ...draft };
  });
  const rows = await db.call<{ job_id: string; outcome: "saved" | "busy" | "lost" }>(
    sql`select * from renus.save_replies(${JSON.stringify(items)}::jsonb)`,
  );
  return new Set(rows.flatMap(({ job_id, outcome }) => (outcome === "lost" ? [job_id] : [])));
}

export interface ReplyEnd {
  status: "complete" | "failed" | "cancelled";
  /** null keeps what is saved. */
  content: string | null;
  attempt: number;
  error_code: string | null;
  /** null when nothing was routed. */
  trace: RoutingTrace | null;
  speaker: Speaker;
}

/**
 * Ends the reply and its job together. `message` is null when a reply that never spoke was cancelled; the whole is null when
 * somebody else has ended it.
 */
export async function endReply(
  db: Database,
  job: ClaimedJob,
  messageId: string | null,
  end: ReplyEnd,
): Promise<{ message: Message | null; conversation: VisibleConversation } | null> {
  type Row = MessageRow & { conversation: ConversationRow; told_at: string | null };
  const { status, content, attempt, error_code, trace, speaker } = end;
  const [row] = await db.call<Row>(sql`
    select (e.message).*, to_jsonb(e.conversation) as conversation, (e.conversation).last_message_at as told_at
      from renus.end_reply(${job.id}::uuid, ${job.conversation_id}::uuid, ${job.owner_epoch}::integer, ${job.fence}::integer,
        ${messageId}::uuid, ${status}::text, ${content}::text, ${attempt}::integer, ${error_code}::text,
        ${trace && JSON.stringify(trace)}::jsonb, ${speaker.id}::uuid, ${speaker.name}::text, ${speaker.sub_agent_id}::uuid) e`);
  if (!row) return null;
  const { conversation, told_at: last_message_at, ...message } = row;
  return {
    // The columns of no row are null.
    message: (message.id as string | null) === null ? null : toMessage(message),
    conversation: toVisibleConversation({ ...conversation, last_message_at }),
  };
}

/**
 * Ends the job where a limit does not let it be answered. What was shown of the reply fails; the conversation itself says so and asks
 * for a message and a contact, or thanks for them once it has asked, and waits for a person. null: somebody else has ended the job.
 */
export function refuseReply(
  db: Database,
  job: ClaimedJob,
  messageId: string | null,
  { content, attempt }: { content: string | null; attempt: number },
): Promise<{ messages: Message[]; conversation: VisibleConversation } | null> {
  const errorCode = "QUOTA_EXCEEDED";
  return underFence(db, job, async (trx, before) => {
    const cut = messageId === null ? null : await revise(trx, messageId, content, "failed", attempt, errorCode);
    const messages = cut ? [cut] : [];
    if (before.status === "open") {
      const latest = await trx
        .selectFrom("messages")
        .select("role")
        .where("conversation_id", "=", job.conversation_id)
        .where((where) => where.or([where("role", "in", ["assistant", "operator"]), where("error_code", "=", errorCode)]))
        .orderBy("seq", "desc")
        .limit(1)
        .executeTakeFirst();
      const lines = systemLines(before.locale);
      const line = latest?.role === "system" ? lines.message_kept() : lines.limit_reached();
      const { rows } = await sql<MessageRow>`
        select (a.message).* from renus.append_message(${job.conversation_id}::uuid, 'system', ${line}, null, null,
          null, null, 'complete', 0, ${errorCode}) a`.execute(trx);
      messages.push(toMessage(rows[0]!));
    }
    await trx
      .updateTable("reply_jobs")
      .set({ status: "failed", error_code: errorCode, lease_until: null, updated_at: sql<string>`clock_timestamp()` })
      .where("id", "=", job.id)
      .execute();
    const conversation = await trx
      .updateTable("conversations")
      .set({ is_failed: true })
      .where("id", "=", job.conversation_id)
      .returningAll()
      .executeTakeFirstOrThrow();
    return { messages, conversation: toVisibleConversation(conversation) };
  });
}

async function revise(
  trx: Trx,
  messageId: string,
  content: string | null,
  status: Message["status"],
  attempt: number,
  errorCode: string | null,
): Promise<Message | null> {
  const { rows } = await sql<MessageRow>`
    select r.* from renus.revise_message(${messageId}::uuid, ${content}::text, ${status}::text, ${attempt}::integer, ${errorCode}::text) r`.execute(
    trx,
  );
  return rows[0]?.id ? toMessage(rows[0]) : null;
}
