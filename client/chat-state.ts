import type { Message, PublicAgent } from "../protocol/resources.ts";
import type { ConversationState } from "./conversation.ts";
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
  /** Of own messages; null for others'. */
  readonly delivery: Delivery | null;
  /** Why it failed, in the server's words or as a code; null otherwise. */
  readonly error: string | null;
}

/** Everything a user interface needs. A new object after every change. */
export interface ChatState {
  readonly phase: "idle" | "starting" | "ready" | "unavailable";
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
}

const fromMessage = new WeakMap<Message, ChatItem>();

/** The visible lines. Unchanged messages give the same objects, so that a list renders only what changed. */
export function toItems(
  conversation: ConversationState,
  outbox: readonly OutboxEntry[],
  isSelf: (message: Message) => boolean,
): ChatItem[] {
  const known = new Set(conversation.messages.map((message) => message.client_message_id));
  const answeredSeq =
    conversation.messages.findLast((message) => message.role === "assistant" || message.role === "operator")?.seq ?? 0;
  const readSeq = Math.max(conversation.readSeqByOthers, answeredSeq);
  const items = conversation.messages.map((message) => {
    const delivery = isSelf(message) ? (message.seq <= readSeq ? "read" : "sent") : null;
    const before = fromMessage.get(message);
    if (before?.delivery === delivery) return before;
    const item: ChatItem = {
      key: message.client_message_id ?? message.id,
      id: message.id,
      role: message.role,
      content: message.content,
      status: message.status,
      sender: message.sender,
      attempt: message.attempt,
      created_at: message.created_at,
      delivery,
      error: message.status === "failed" ? (message.error_code ?? "INTERNAL_ERROR") : null,
    };
    fromMessage.set(message, item);
    return item;
  });
  const waiting = outbox.filter((entry) => !known.has(entry.client_message_id)).map(fromOutbox);
  return [...items, ...waiting];
}

function fromOutbox(entry: OutboxEntry): ChatItem {
  return {
    key: entry.client_message_id,
    id: null,
    role: "visitor",
    content: entry.content,
    status: "complete",
    sender: { kind: "visitor", id: null, name: null },
    attempt: 0,
    created_at: entry.created_at,
    delivery: entry.error === null ? "sending" : "failed",
    error: entry.error,
  };
}
