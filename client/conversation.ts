import type { ServerFrame, VisibleConversation } from "../protocol/frames.ts";
import type { Message } from "../protocol/resources.ts";

/** A reply whose text is arriving. */
export interface Stream {
  attempt: number;
  text: string;
}

/** One conversation as far as this client knows it. Pure data; frames may come in any order and more than once. */
export interface ConversationState {
  readonly id: string;
  /** By `seq`, without duplicates. A streaming reply's `content` is what has arrived of it. */
  readonly messages: readonly Message[];
  readonly streams: Readonly<Record<string, Stream>>;
  /** Everything up to this `rev` is known: the point to sync from. */
  readonly cursor: number;
  /** Older messages exist that were not asked for. */
  readonly hasOlder: boolean;
  /** A hole was seen that only a sync can fill. */
  readonly needsSync: boolean;
  /** Replies of which a piece is missing: resume from `from`. */
  readonly gaps: Readonly<Record<string, { attempt: number; from: number }>>;
  readonly readSeqByOthers: number;
  readonly owner: VisibleConversation["owner"];
  readonly ownerName: string | null;
  readonly status: VisibleConversation["status"];
}

export function emptyConversation(id: string): ConversationState {
  return {
    id,
    messages: [],
    streams: {},
    cursor: 0,
    hasOlder: false,
    needsSync: false,
    gaps: {},
    readSeqByOthers: 0,
    owner: "assistant",
    ownerName: null,
    status: "open",
  };
}

/** The state after a frame; the same object when the frame says nothing new or is about something else. */
export function applyFrame(state: ConversationState, frame: ServerFrame, selfId: string): ConversationState {
  switch (frame.type) {
    case "message":
      return frame.message.conversation_id === state.id ? seeHoles(mergeMessages(state, [frame.message], false)) : state;
    case "stream_start":
      return frame.conversation_id === state.id ? startStream(state, frame.message, frame.attempt) : state;
    case "delta":
      return frame.conversation_id === state.id ? addDelta(state, frame) : state;
    case "stream_reset":
      return frame.conversation_id === state.id ? resetStream(state, frame.message_id, frame.attempt) : state;
    case "stream_end": {
      if (frame.conversation_id !== state.id) return state;
      const known = find(state, frame.message_id);
      // The saved row comes before; without it this end is news to us.
      return !known || known.status === "streaming" ? { ...state, needsSync: true } : state;
    }
    case "sync_data":
      return applySync(state, frame);
    case "read":
      if (frame.conversation_id !== state.id || frame.user_id === selfId || frame.seq <= state.readSeqByOthers) return state;
      return { ...state, readSeqByOthers: frame.seq };
    case "conversation": {
      const { conversation } = frame;
      if (conversation.id !== state.id) return state;
      const next = {
        ...state,
        owner: conversation.owner,
        ownerName: conversation.owner_name,
        status: conversation.status,
      };
      const lastSeq = state.messages.at(-1)?.seq ?? 0;
      return conversation.last_seq > lastSeq ? { ...next, needsSync: true } : next;
    }
    default:
      return state;
  }
}

/** What the server acknowledged, with the words that only the sender still has. */
export function acknowledge(
  state: ConversationState,
  frame: Extract<ServerFrame, { type: "message_sent" }>,
  content: string,
  selfId: string,
): ConversationState {
  if (frame.conversation_id !== state.id || find(state, frame.message_id)) return state;
  const message: Message = {
    id: frame.message_id,
    conversation_id: frame.conversation_id,
    seq: frame.seq,
    rev: frame.rev,
    role: "visitor",
    content,
    status: "complete",
    sender: { kind: "visitor", id: selfId, name: null },
    attempt: 0,
    client_message_id: frame.client_message_id,
    reply_to: null,
    error_code: null,
    created_at: frame.created_at,
    updated_at: frame.created_at,
  };
  return seeHoles(mergeMessages(state, [message], false));
}

function applySync(state: ConversationState, frame: Extract<ServerFrame, { type: "sync_data" }>): ConversationState {
  const own = frame.messages.filter((message) => message.conversation_id === state.id);
  const info = frame.conversations.find((one) => one.id === state.id);
  if (frame.history) {
    if (frame.history.conversation_id !== state.id) return state;
    const next = { ...mergeMessages(state, own, true), hasOlder: frame.history.has_more };
    // The newest page of an empty state is a starting point; any other history page says nothing about later changes.
    const isStart = state.messages.length === 0 && info !== undefined;
    return seeHoles(isStart ? { ...next, cursor: Math.max(next.cursor, info.top_rev) } : next);
  }
  if (!info) return state;
  const base = info.reset ? { ...emptyConversation(state.id), owner: state.owner, ownerName: state.ownerName } : state;
  const merged = mergeMessages(base, own, true);
  // A page ends at the highest rev it carries; the last page also vouches for top_rev.
  const seen = own.reduce((top, message) => Math.max(top, message.rev), merged.cursor);
  const cursor = info.has_more ? seen : Math.max(seen, info.top_rev);
  return seeHoles({ ...merged, cursor, needsSync: info.has_more });
}

/** Keeps `needsSync` when it was set; sets it when the known messages are not dense. */
function seeHoles(state: ConversationState): ConversationState {
  const { messages } = state;
  const isDense = messages.every((message, index) => index === 0 || message.seq === messages[index - 1]!.seq + 1);
  return isDense || state.needsSync ? state : { ...state, needsSync: true };
}

function find(state: ConversationState, id: string): Message | undefined {
  return state.messages.find((message) => message.id === id);
}

function mergeMessages(state: ConversationState, incoming: readonly Message[], isSaved: boolean): ConversationState {
  let next = state;
  for (const message of incoming) next = mergeMessage(next, message, isSaved);
  return next;
}

function mergeMessage(state: ConversationState, message: Message, isSaved: boolean): ConversationState {
  const known = find(state, message.id);
  const cursor = message.rev === state.cursor + 1 ? message.rev : state.cursor;
  if (known && known.rev >= message.rev && !(isSaved && known.rev === message.rev && known.status === "streaming")) {
    return cursor === state.cursor ? state : { ...state, cursor };
  }
  if (message.status !== "streaming") {
    return withMessage({ ...state, cursor, ...without(state, message.id) }, message);
  }
  // A saved row of a reply in flight is older than what we have heard of the same attempt.
  const stream = state.streams[message.id];
  const isBehind =
    stream &&
    (stream.attempt > message.attempt || (stream.attempt === message.attempt && stream.text.length >= message.content.length));
  const current = isBehind ? stream : { attempt: message.attempt, text: message.content };
  const next = { ...state, cursor, streams: { ...state.streams, [message.id]: current } };
  return withMessage(next, { ...message, attempt: current.attempt, content: current.text });
}

function startStream(state: ConversationState, message: Message, attempt: number): ConversationState {
  const known = find(state, message.id);
  if (known) return attempt > known.attempt ? resetStream(state, message.id, attempt) : state;
  return seeHoles(mergeMessage(state, { ...message, attempt }, false));
}

function addDelta(state: ConversationState, delta: Extract<ServerFrame, { type: "delta" }>): ConversationState {
  const known = find(state, delta.message_id);
  if (!known) return state.needsSync ? state : { ...state, needsSync: true };
  const stream = state.streams[delta.message_id];
  if (known.status !== "streaming" || !stream || delta.attempt < stream.attempt) return state;
  const current = delta.attempt > stream.attempt ? { attempt: delta.attempt, text: "" } : stream;
  if (delta.from > current.text.length) {
    const gap = { attempt: current.attempt, from: current.text.length };
    return { ...withText(state, known, current), gaps: { ...state.gaps, [known.id]: gap } };
  }
  const text = current.text + delta.text.slice(current.text.length - delta.from);
  if (text === stream.text && current === stream) return state;
  const { [known.id]: _, ...gaps } = state.gaps;
  return { ...withText(state, known, { attempt: current.attempt, text }), gaps };
}

function resetStream(state: ConversationState, messageId: string, attempt: number): ConversationState {
  const known = find(state, messageId);
  if (!known || known.status !== "streaming" || attempt <= (state.streams[messageId]?.attempt ?? known.attempt)) return state;
  const { [messageId]: _, ...gaps } = state.gaps;
  return { ...withText(state, known, { attempt, text: "" }), gaps };
}

function withText(state: ConversationState, message: Message, stream: Stream): ConversationState {
  const next = { ...state, streams: { ...state.streams, [message.id]: stream } };
  return withMessage(next, { ...message, attempt: stream.attempt, content: stream.text });
}

function withMessage(state: ConversationState, message: Message): ConversationState {
  const messages = state.messages.filter((one) => one.id !== message.id);
  let at = messages.length;
  while (at > 0 && messages[at - 1]!.seq > message.seq) at--;
  messages.splice(at, 0, message);
  return { ...state, messages };
}

function without(state: ConversationState, messageId: string): Pick<ConversationState, "streams" | "gaps"> {
  const { [messageId]: _stream, ...streams } = state.streams;
  const { [messageId]: _gap, ...gaps } = state.gaps;
  return { streams, gaps };
}
