import { sql, type Selectable } from "kysely";
import type { Message, RoutingTrace } from "../../protocol/resources.ts";
import { SYSTEM } from "../db/actor.ts";
import { sqlState, type Database, type Trx } from "../db/database.ts";
import type { ConversationsTable, MessagesTable } from "../db/types.ts";
import { toMessage } from "../services/messages/to-message.ts";
import type { ClaimedJob } from "./reply-jobs.ts";

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

/** The row of a reply as its first token arrives. */
export function startReply(
  db: Database,
  job: ClaimedJob,
  speaker: Speaker,
  attempt: number,
  trace: RoutingTrace | null,
): Promise<Message | null> {
  return underFence(db, job, async (trx) => {
    const message = await insertReply(trx, job, speaker, attempt, "streaming", null);
    // Stored at once, so that a reply that somebody else ends has its reason too.
    await writeTrace(trx, message, job.client_id, trace);
    return message;
  });
}

/** Another attempt at a reply that was already shown begins: its text starts again. */
export function restartReply(db: Database, job: ClaimedJob, messageId: string, attempt: number): Promise<Message | null> {
  return underFence(db, job, async (trx) => {
    await trx.updateTable("reply_jobs").set({ attempt }).where("id", "=", job.id).execute();
    return revise(trx, messageId, "", "streaming", attempt, null);
  });
}

export function saveReply(
  db: Database,
  job: ClaimedJob,
  messageId: string,
  content: string,
  attempt: number,
): Promise<Message | null> {
  return underFence(db, job, (trx) => revise(trx, messageId, content, "streaming", attempt, null));
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
): Promise<{ message: Message | null; conversation: ConversationRow } | null> {
  return underFence(db, job, async (trx) => {
    let message: Message | null = null;
    if (messageId !== null) {
      message = await revise(trx, messageId, end.content, end.status, end.attempt, end.error_code);
    } else if (end.status === "failed") {
      message = await insertReply(trx, job, end.speaker, end.attempt, "failed", end.error_code).catch((err: unknown) => {
        if (sqlState(err) === "RN410") return null;
        throw err;
      });
    }
    await trx
      .updateTable("reply_jobs")
      .set({ status: end.status, error_code: end.error_code, lease_until: null, updated_at: sql<string>`clock_timestamp()` })
      .where("id", "=", job.id)
      .execute();
    if (message) await writeTrace(trx, message, job.client_id, end.trace);
    const conversation = await trx
      .selectFrom("conversations")
      .selectAll()
      .where("id", "=", job.conversation_id)
      .executeTakeFirstOrThrow();
    return { message, conversation };
  });
}

async function writeTrace(trx: Trx, message: Message, clientId: string, trace: RoutingTrace | null): Promise<void> {
  if (!trace) return;
  const text = JSON.stringify(trace);
  await trx
    .insertInto("message_traces")
    .values({ message_id: message.id, client_id: clientId, trace: text })
    .onConflict((conflict) => conflict.column("message_id").doUpdateSet({ trace: text }))
    .execute();
}

async function insertReply(
  trx: Trx,
  job: ClaimedJob,
  speaker: Speaker,
  attempt: number,
  status: "streaming" | "failed",
  errorCode: string | null,
): Promise<Message> {
  const { rows } = await sql<MessageRow>`
    select (m.message).* from renus.append_message(${job.conversation_id}::uuid, 'assistant', '', ${speaker.id}::uuid, ${speaker.name}::text,
      null, null, ${status}::text, ${attempt}::integer, ${errorCode}::text) m`.execute(trx);
  const message = toMessage(rows[0]!);
  await trx.updateTable("reply_jobs").set({ message_id: message.id, attempt }).where("id", "=", job.id).execute();
  await trx
    .updateTable("conversations")
    .set({ sub_agent_id: speaker.sub_agent_id })
    .where("id", "=", job.conversation_id)
    .execute();
  return message;
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

/** The newest turns up to where the job has read, oldest first, without the reply that is being written. */
export async function readTurns(
  db: Database,
  job: ClaimedJob,
  limit: number,
): Promise<{ conversation: ConversationRow | null; messages: MessageRow[] }> {
  return db.as(SYSTEM, async (trx) => {
    const conversation = await trx
      .selectFrom("conversations")
      .selectAll()
      .where("id", "=", job.conversation_id)
      .executeTakeFirst();
    const messages = await trx
      .selectFrom("messages")
      .selectAll()
      .where("conversation_id", "=", job.conversation_id)
      .where("seq", "<=", job.up_to_seq)
      .where("content", "<>", "")
      .where("role", "<>", "system")
      .where("status", "<>", "failed")
      .$if(job.message_id !== null, (query) => query.where("id", "<>", job.message_id!))
      .orderBy("seq", "desc")
      .limit(limit)
      .execute();
    return { conversation: conversation ?? null, messages: messages.reverse() };
  });
}
