import { sql, type Selectable } from "kysely";
import type { Message } from "../../../protocol/resources.ts";
import { sqlState, type Database } from "../../db/database.ts";
import type { MessagesTable } from "../../db/types.ts";
import { rateLimited } from "../../errors.ts";
import type { Claimant, ClaimOffer, ClaimRow } from "./claims.ts";
import { toMessage } from "./to-message.ts";

/** A visitor's message on its way into the database. */
export interface Posting {
  conversation_id: string;
  visitor_id: string;
  content: string;
  client_message_id: string | null;
  reply_to: string | null;
}

/** What became of it, in the words of `renus.post_messages`. `isClaimed`: this node writes the reply that is due. */
export type Posted =
  | { outcome: "stored" | "duplicate"; message: Message; isReplyDue: boolean; isClaimed: boolean }
  | { outcome: "absent" | "conflict" | "closed" | "foreign_reply_to" | "unavailable" | "consent_owed" };

export interface PostQueue {
  /** Resolves after the commit. Throws RATE_LIMITED while more is waiting than the database can take. */
  post(posting: Posting): Promise<Posted>;
}

export interface PostQueueOptions {
  /** Messages that may wait; whoever comes after them is told to come back. */
  waitingMax: number;
  /** Who takes on the replies that are asked for; without, they wait for whoever claims them. */
  claimant?: Claimant;
  /** Hears of each statement that came back how many messages it stored, and in how many seconds, its commit included. */
  onCommit?: (count: number, seconds: number) => void;
}

interface Waiting {
  posting: Posting;
  resolve(posted: Posted): void;
  reject(err: unknown): void;
}
type Outcome = Posted["outcome"] | "busy";
type Row = Selectable<MessagesTable> & { posted_to: string; outcome: Outcome; is_reply_due: boolean; claim: ClaimRow | null };

/** More in one statement gains nothing: the rows are the cost by then. */
const BATCH_MAX = 256;
/** Statements on their way at once. The second one keeps the database busy while this process hands out the first one's answers. */
const LANES_MAX = 2;
/** Fewer are better off waiting for the commit in flight, and joined by others meanwhile. */
const SECOND_LANE_MIN = 64;
/** Of a queue that is full; it empties in about that time. */
const RETRY_AFTER_MS = 1000;

/**
 * Messages of many visitors share statements and commits: what comes while nothing is on its way goes at once, what comes
 * meanwhile goes together in the next one. A conversation has one message on its way at a time, so that order is kept.
 */
export function createPostQueue(db: Database, options: PostQueueOptions): PostQueue {
  const { waitingMax, claimant, onCommit } = options;
  let waiting: Waiting[] = [];
  /** Conversations with a message on its way. */
  const held = new Set<string>();
  let lanes = 0;
  let isScheduled = false;

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    // Not at once: what other sockets bring within the same tick goes along.
    setImmediate(() => {
      isScheduled = false;
      while (lanes === 0 ? waiting.length > 0 : lanes < LANES_MAX && waiting.length >= SECOND_LANE_MIN) {
        const batch = takeBatch();
        if (batch.length === 0) return;
        lanes += 1;
        void send(batch, false).finally(() => {
          lanes -= 1;
          if (waiting.length > 0) schedule();
        });
      }
    });
  }

  function takeBatch(): Waiting[] {
    const batch: Waiting[] = [];
    const later: Waiting[] = [];
    for (const item of waiting) {
      const { conversation_id } = item.posting;
      if (batch.length === BATCH_MAX || held.has(conversation_id)) later.push(item);
      else {
        held.add(conversation_id);
        batch.push(item);
      }
    }
    waiting = later;
    return batch;
  }

  /** Settles every item. `waits`: for the lock of a conversation that somebody else is writing to. */
  async function send(batch: readonly Waiting[], waits: boolean): Promise<void> {
    let rows: Row[];
    const offer = claimant?.offer() ?? null;
    const sentAt = performance.now();
    try {
      rows = await postAll(
        db,
        batch.map((item) => item.posting),
        waits,
        offer,
      );
    } catch (err) {
      offer?.take([]);
      // One value that cannot be stored must not take the others with it. A lost connection is everybody's.
      if (batch.length > 1 && sqlState(err)) return alone(batch);
      for (const item of batch) release(item, () => item.reject(err));
      return;
    }
    const seconds = (performance.now() - sentAt) / 1000;
    onCommit?.(
      rows.reduce((count, row) => count + (row.outcome === "stored" ? 1 : 0), 0),
      seconds,
    );
    const rowOf = new Map(rows.map((row) => [row.posted_to, row]));
    const busy: Waiting[] = [];
    for (const item of batch) {
      const row = rowOf.get(item.posting.conversation_id)!;
      if (row.outcome === "busy") busy.push(item);
      else release(item, () => item.resolve(toPosted(row, row.outcome as Posted["outcome"])));
    }
    // After its message has been told and acknowledged.
    if (offer) setImmediate(setImmediate, () => offer.take(rows.flatMap(({ claim }) => claim ?? [])));
    // Beside the lanes: a conversation that somebody holds keeps nobody else waiting.
    if (busy.length > 0) void alone(busy);
  }

  async function alone(batch: readonly Waiting[]): Promise<void> {
    await Promise.all(batch.map((item) => send([item], true)));
  }

  function release(item: Waiting, settle: () => void): void {
    held.delete(item.posting.conversation_id);
    settle();
    if (waiting.length > 0) schedule();
  }

  return {
    post(posting) {
      if (waiting.length >= waitingMax) {
        return Promise.reject(rateLimited(RETRY_AFTER_MS, "Too much is being written at the moment. Please try again shortly."));
      }
      return new Promise((resolve, reject) => {
        waiting.push({ posting, resolve, reject });
        schedule();
      });
    },
  };
}

function toPosted(row: Row, outcome: Posted["outcome"]): Posted {
  if (outcome !== "stored" && outcome !== "duplicate") return { outcome };
  return { outcome, message: toMessage(row), isReplyDue: row.is_reply_due, isClaimed: row.claim !== null };
}

async function postAll(db: Database, postings: readonly Posting[], waits: boolean, offer: ClaimOffer | null): Promise<Row[]> {
  const items = postings.map(({ visitor_id, ...posting }) => ({
    ...posting,
    sender_id: visitor_id,
    role: "visitor",
    status: "complete",
    attempt: 0,
  }));
  return db.call<Row>(sql`
    select p.conversation_id as posted_to, p.outcome, p.is_reply_due, p.claim, (p.message).*
      from renus.post_messages(${JSON.stringify(items)}::jsonb, ${waits}, ${offer?.worker_id ?? null}::text,
        ${offer?.limit ?? 0}::integer, ${offer?.lease_ms ?? 0}::float8, ${offer?.turns_max ?? 0}::integer) p`);
}
