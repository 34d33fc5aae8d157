import type { ServerFrame, VisibleConversation } from "../protocol/frames.ts";
import type { Message } from "../protocol/resources.ts";

/** One conversation as far as this client knows it. Pure data; frames may come in any order and more than once. */
export interface ConversationState {
  readonly id: string;
  /** By `seq`, without duplicates. A streaming reply's `content` and `attempt` are what has arrived of it. */
  readonly messages: readonly Message[];
  /** Everything up to this `rev` is known: the point to sync from. */
  readonly cursor: number;
  /** Older messages exist that were not asked for. */
  readonly hasOlder: boolean;
  /** A hole was seen, in the messages or in a reply, that only a sync can fill. */
  readonly needsSync: boolean;
  readonly readSeqByOthers: number;
  readonly owner: VisibleConversation["owner"];
  readonly ownerName: string | null;
  readonly status: VisibleConversation["status"];
}

/** What all messages of a visitor have in common. */
export const OWN = {
  role: "visitor",
  status: "complete",
  sender: { kind: "visitor", id: null, name: null },
  attempt: 0,
  reply_to: null,
  error_code: null,
  feedback: null,
} as const;

type Frame<T extends ServerFrame["type"]> = Extract<ServerFrame, { type: T }>;

export function emptyConversation(id: string): ConversationState {
  return {
    id,
    messages: [],
    cursor: 0,
    hasOlder: false,
    needsSync: false,
    readSeqByOthers: 0,
    owner: "assistant",
    ownerName: null,
    status: "open",
  };
}

/** The state after a frame; the same object when the frame says nothing new or is about something else. */
export function applyFrame(state: ConversationState, frame: ServerFrame, selfId: string): ConversationState {
  switch (frame.type) {
    case "sync_data":
      return applySync(state, frame);
    case "message":
      return frame.message.conversation_id === state.id ? seeHoles(merge(state, frame.message)) : state;
    case "conversation": {
      const { id, owner, owner_name: ownerName, status, last_seq: lastSeq } = frame.conversation;
      if (id !== state.id) return state;
      return { ...state, owner, ownerName, status, needsSync: state.needsSync || lastSeq > (state.messages.at(-1)?.seq ?? 0) };
    }
    case "read":
      return frame.conversation_id === state.id && frame.user_id !== selfId && frame.seq > state.readSeqByOthers
        ? { ...state, readSeqByOthers: frame.seq }
        : state;
    case "stream_start":
    case "delta":
    case "stream_reset":
    case "stream_end":
      return frame.conversation_id === state.id ? applyToStream(state, frame) : state;
    default:
      return state;
  }
}

function applyToStream(
  state: ConversationState,
  frame: Frame<"stream_start" | "delta" | "stream_reset" | "stream_end">,
): ConversationState {
  const { type, attempt } = frame;
  const known = find(state, frame.message_id);
  if (!known && type === "stream_start") return seeHoles(merge(state, { ...frame.message, attempt }));
  if (known && known.status !== "streaming") return state;
  // The saved row comes before the end; without it this end is news to us.
  if (!known || type === "stream_end") return type === "stream_reset" ? state : missing(state);
  const isNewer = attempt > known.attempt;
  if (!isNewer && (type !== "delta" || attempt < known.attempt)) return state;
  const before = isNewer ? "" : known.content;
  let next = state;
  let content = before;
  if (type === "delta") {
    if (frame.from > before.length) next = missing(state);
    else content += frame.text.slice(before.length - frame.from);
  }
  return isNewer || content !== before ? put(next, { ...known, attempt, content }) : next;
}

/** What the server acknowledged, with the words that only the sender still has. */
export function acknowledge(
  state: ConversationState,
  frame: Frame<"message_sent">,
  content: string,
  selfId: string,
): ConversationState {
  if (frame.conversation_id !== state.id || find(state, frame.message_id)) return state;
  const { type: _, duplicate: __, message_id: id, ...place } = frame;
  const sender = { ...OWN.sender, id: selfId };
  return seeHoles(merge(state, { ...OWN, ...place, id, updated_at: place.created_at, sender, content }));
}

function applySync(state: ConversationState, frame: Frame<"sync_data">): ConversationState {
  const info = frame.conversations.find((one) => one.id === state.id);
  const own = frame.messages.filter((message) => message.conversation_id === state.id);
  const { history } = frame;
  if (history) {
    if (history.conversation_id !== state.id) return state;
    const next = own.reduce(mergeSaved, { ...state, hasOlder: history.has_more });
    // The newest page is a starting point to sync from; older pages are not.
    const isStart = !state.messages[0] && info;
    return seeHoles(isStart ? { ...next, cursor: Math.max(next.cursor, info.top_rev) } : next);
  }
  if (!info) return state;
  const merged = own.reduce(mergeSaved, info.reset ? { ...state, messages: [], cursor: 0, hasOlder: false } : state);
  // A page ends at the highest rev it carries; the last page also vouches for top_rev.
  const cursor = Math.max(merged.cursor, info.has_more ? 0 : info.top_rev, ...own.map((message) => message.rev));
  return seeHoles({ ...merged, cursor, needsSync: info.has_more });
}

/** Keeps `needsSync` when it was set; sets it when the known messages are not dense. */
function seeHoles(state: ConversationState): ConversationState {
  const { messages } = state;
  return messages.every((message, at) => at === 0 || message.seq === messages[at - 1]!.seq + 1) ? state : missing(state);
}

const missing = (state: ConversationState) => (state.needsSync ? state : { ...state, needsSync: true });
const find = (state: ConversationState, id: string) => state.messages.find((message) => message.id === id);
const mergeSaved = (state: ConversationState, message: Message) => merge(state, message, true);

function merge(before: ConversationState, message: Message, isSaved = false): ConversationState {
  const state = message.rev === before.cursor + 1 ? { ...before, cursor: message.rev } : before;
  const known = find(state, message.id);
  const isStreaming = known?.status === "streaming";
  if (known && known.rev >= message.rev && !(isSaved && known.rev === message.rev && isStreaming)) return state;
  // A saved row of a reply in flight is older than what we have heard of the same attempt.
  const isBehind =
    isStreaming &&
    message.status === "streaming" &&
    (known.attempt > message.attempt || (known.attempt === message.attempt && known.content.length >= message.content.length));
  return put(state, isBehind ? { ...message, attempt: known.attempt, content: known.content } : message);
}

function put(state: ConversationState, message: Message): ConversationState {
  const messages = [...state.messages.filter((one) => one.id !== message.id), message];
  return { ...state, messages: messages.sort((a, b) => a.seq - b.seq) };
}
