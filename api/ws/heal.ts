import type { Logger } from "pino";
import type { ServerFrame } from "../../protocol/frames.ts";
import type { BusEvent } from "../bus/bus.ts";
import { SYSTEM } from "../db/actor.ts";
import type { Database } from "../db/database.ts";
import { loggable } from "../lib/loggable.ts";
import { toVisibleConversation } from "../services/conversations/to-conversation.ts";
import { toMessage } from "../services/messages/to-message.ts";
import { readMissedRows, type Listeners } from "./missed-rows.ts";

type FrameEvent = Extract<BusEvent, { topic: "frame" }>;

export interface HealerOptions {
  db: Database;
  log: Logger;
  /** null: nobody is here, nothing has to be told. */
  listeners(): Listeners | null;
  /** Ends who was signed out, changed or erased unheard. */
  checkPeople(): Promise<void>;
  /** One frame that may have been missed, as it would have been heard. */
  tell(event: FrameEvent): void;
  /** More was missed than can be told: everybody loads anew. */
  tooMuch(): Promise<void>;
}

export interface Healer {
  /** Every frame that this node has heard: it need not be told again. */
  note(frame: ServerFrame): void;
  /** Notifications of the last `ageMs` were missed. What they were about is read from the database soon, until it answers. */
  missed(ageMs: number): void;
  stop(): void;
}

/** What was missed within this time is read again at once. */
const DELAY_MS = 100;
const RETRY_MS = 2000;
/** Older than that, everybody loads anew. */
const AGE_MS_MAX = 15 * 60_000;
const NOTED_MAX = 10_000;

/**
 * Reads again what a missed notification would have told. Frames are sent, not `sync_data`: only the peer knows from where
 * it has everything, and a frame that it has already changes nothing.
 */
export function createHealer(options: HealerOptions): Healer {
  const { db, log } = options;
  /** Message → the newest rev that was heard of it. */
  const revs = new Map<string, number>();
  /** Conversations and notes of which something was heard while their state was being read. */
  let heardMeanwhile: Set<string> | null = null;

  function note(frame: ServerFrame): void {
    if (frame.type === "conversation") heardMeanwhile?.add(frame.conversation.id);
    if (frame.type === "note") heardMeanwhile?.add(frame.note.id);
    const known = frame.type === "message" || frame.type === "stream_start" ? frame.message : null;
    if (!known) return;
    revs.delete(known.id);
    revs.set(known.id, known.rev);
    if (revs.size > NOTED_MAX) revs.delete(revs.keys().next().value!);
  }

  /** As the frames that would have told it. null: that is too much. Rejects when the database does not answer. */
  async function read(ageMs: number, listeners: Listeners): Promise<FrameEvent[] | null> {
    if (ageMs > AGE_MS_MAX) return null;
    const heard = (heardMeanwhile = new Set<string>());
    const rows = await db.as(SYSTEM, (trx) => readMissedRows(trx, ageMs, listeners));
    if (rows === null) return null;
    const { conversations, messages, marks, notes } = rows;

    const missed = Map.groupBy(
      messages.filter((row) => row.rev > (revs.get(row.id) ?? 0)),
      (row) => row.conversation_id,
    );
    const told = conversations.flatMap((row): FrameEvent[] => {
      const frames: ServerFrame[] = (missed.get(row.id) ?? []).flatMap((stored): ServerFrame[] => {
        const message = toMessage(stored);
        const { id: message_id, conversation_id, attempt, content, status, rev } = message;
        if (message.role !== "assistant" || status === "streaming") return [{ type: "message", message }];
        return [
          { type: "message", message },
          { type: "stream_end", message_id, conversation_id, attempt, length: content.length, status, rev },
        ];
      });
      // What was told of its state in the meantime is newer than what was read.
      if (!heard.has(row.id)) frames.push({ type: "conversation", conversation: toVisibleConversation(row) });
      const { client_id, visitor_id } = row;
      return frames.map((frame) => ({ topic: "frame", client_id, conversation_id: row.id, visitor_id, frame }));
    });
    for (const { client_id, visitor_id, ...mark } of marks) {
      const { conversation_id } = mark;
      told.push({ topic: "frame", client_id, conversation_id, visitor_id, frame: { type: "read", ...mark } });
    }
    for (const { client_id, visitor_id, ...note } of notes) {
      const { conversation_id } = note;
      const frame = { type: "note", conversation_id, note } as const;
      if (!heard.has(note.id))
        told.push({ topic: "frame", client_id, conversation_id, visitor_id, audience: "operators", frame });
    }
    return told;
  }

  let timer: NodeJS.Timeout | undefined;
  let missedSince = Infinity;
  let isStopped = false;

  function heal(): void {
    const since = missedSince;
    missedSince = Infinity;
    healAll(since)
      .catch((err: unknown) => {
        log.warn({ err: loggable(err) }, "missed events could not be read again; it is tried once more");
        missedSince = Math.min(missedSince, since);
      })
      .finally(() => {
        timer = missedSince === Infinity || isStopped ? undefined : setTimeout(heal, RETRY_MS).unref();
      });
  }

  async function healAll(since: number): Promise<void> {
    if (!options.listeners()) return;
    await options.checkPeople();
    const listeners = options.listeners();
    if (!listeners) return;
    const ageMs = performance.now() - since;
    const found = await read(ageMs, listeners);
    log.info({ age_ms: Math.round(ageMs), frames: found?.length ?? null }, "events were missed; they are told again");
    if (found === null) return options.tooMuch();
    for (const item of found) options.tell(item);
  }

  return {
    note,
    missed(ageMs) {
      missedSince = Math.min(missedSince, performance.now() - ageMs);
      timer ??= setTimeout(heal, DELAY_MS).unref();
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
