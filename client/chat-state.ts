import type { Message, PublicAgent } from "../protocol/resources.ts";
import type { ApiError } from "./api-error.ts";
import { OWN, type ConversationState } from "./conversation.ts";
import type { OutboxEntry } from "./outbox.ts";

export type Delivery = "sending" | "sent" | "read" | "failed";

/** One line of the conversation as a person sees it. */
export interface ChatItem {
  /** Stays the same from the first keystroke's bubble to the stored row. */
  readonly key: string;
  /** The stored message's id; null while it is only in the outbox. */
  readonly id: string | null;
  readonly role: Message["role"];
  readonly content: string;
  readonly status: Message["status"];
  readonly sender: Message["sender"];
  readonly attempt: number;
  readonly created_at: string;
  /** What the visitor said of a reply. */
  readonly feedback: Message["feedback"];
  /** Of own messages; null for others'. */
  readonly delivery: Delivery | null;
  /** Why it failed, in the server's words or as a code; null otherwise. */
  readonly error: string | null;
}

/** Everything a user interface needs. A new object after every change. */
export interface ChatState {
  /** The agent is paused or unknown, or may not be used here: nothing more will come. */
  readonly isUnavailable: boolean;
  readonly connection: "idle" | "connecting" | "online" | "reconnecting" | "stopped";
  readonly agent: PublicAgent | null;
  readonly items: readonly ChatItem[];
  /** True once the newest page of the conversation is here. */
  readonly isLoaded: boolean;
  readonly hasOlder: boolean;
  /** Somebody on the other side is writing. */
  readonly isTyping: boolean;
  /** The reply that is being written, to stop it; null otherwise. */
  readonly streamingId: string | null;
  readonly owner: ConversationState["owner"];
  readonly ownerName: string | null;
  readonly isClosed: boolean;
  /** Others' messages since the last read. */
  readonly unread: number;
  readonly contentCharsMax: number;
  /** Why the server did not begin a session; null while nothing was refused. */
  readonly refusal: ApiError | null;
}

const fromMessage = new WeakMap<Message, ChatItem>();

/** The visible lines. Unchanged messages give the same objects, so that a list renders only what changed. */
export function toItems({ messages, readSeqByOthers }: ConversationState, outbox: readonly OutboxEntry[]): ChatItem[] {
  const answered = messages.findLast(({ role }) => role === "assistant" || role === "operator");
  const readSeq = Math.max(readSeqByOthers, answered?.seq ?? 0);
  const known = new Set<string>();
  const items = messages.map((message): ChatItem => {
    const key = message.client_message_id ?? message.id;
    known.add(key);
    const delivery = message.role !== "visitor" ? null : message.seq <= readSeq ? "read" : "sent";
    let item = fromMessage.get(message);
    if (item?.delivery !== delivery) fromMessage.set(message, (item = { ...message, key, delivery, error: message.error_code }));
    return item!;
  });
  for (const entry of outbox) {
    const { client_message_id: key, error } = entry;
    if (!known.has(key)) items.push({ ...OWN, ...entry, key, id: null, delivery: error === null ? "sending" : "failed" });
  }
  return items;
}
