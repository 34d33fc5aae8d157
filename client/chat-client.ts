import { LIMITS } from "../protocol/codes.ts";
import type { ServerFrame } from "../protocol/frames.ts";
import type { Message, PublicAgent, PublicSession } from "../protocol/resources.ts";
import { ApiError } from "./api-error.ts";
import { toItems, type ChatItem, type ChatState } from "./chat-state.ts";
import { createConnection, type Links } from "./connection.ts";
import { acknowledge, applyFrame, emptyConversation } from "./conversation.ts";
import { createOutbox } from "./outbox.ts";
import { createSession, type SessionAbout, type StoredSession } from "./session.ts";
import { openStorage, type StorageArea } from "./storage.ts";

export interface ChatClientOptions {
  /** Origin of the server, for example `https://chat.example.com`. */
  origin: string;
  /** Slug of the agent. */
  agent: string;
  /** Asked at each use; memory by default, `() => localStorage` in a browser. */
  storage?: () => StorageArea | undefined;
  /** Told to the server when a session begins. */
  about?: () => SessionAbout;
  /** What is known of the agent before the first answer. */
  profile?: PublicAgent | null;
  /** Other ways to carry frames than a socket of its own; `visitor` gives whose frames they are. */
  links?: (visitor: () => string) => Partial<Links>;
  /** After every change, at most once a microtask. */
  onChange?: (state: ChatState) => void;
}

/**
 * A conversation with one agent, without any user interface: it opens, keeps itself connected, sends what was written
 * exactly once and knows what came back. Nothing is stored or sent before `open`.
 */
export interface ChatClient {
  state(): ChatState;
  /** Begins or continues the visitor's session and connects. Harmless when open. */
  open(): void;
  /** Disconnects. The conversation, and what waits in the outbox, stay. */
  close(): void;
  /** The network is back, or the page became visible again. */
  wake(): void;
  /** Shown at once, stored, sent as soon as there is a connection: `open` it. Empty text is ignored. */
  send(content: string): void;
  /** Sends a refused message again under its old id, or asks for another reply after one that failed. */
  retry(item: Pick<ChatItem, "key" | "id">): void;
  /** Takes a refused message back; returns its text. */
  discard(item: Pick<ChatItem, "key" | "content">): string;
  /** Stops the reply that is being written. */
  cancel(): void;
  /** Whether a reply was helpful; null takes it back. Shown at once. */
  rate(item: Pick<ChatItem, "id">, rating: Message["feedback"]): void;
  /** Tells the other side; may be called on every key press. */
  typing(isTyping: boolean): void;
  presence(status: "online" | "away"): void;
  /** Everything here has been seen. */
  read(): void;
  loadOlder(): void;
  /** Same visitor, empty conversation. Rejects with ApiError or TypeError when it could not begin. */
  newConversation(): Promise<void>;
  /** Tells who the visitor is; may lead to another conversation. Rejects like `newConversation`. */
  identify(about: SessionAbout): Promise<PublicSession>;
  /** What is stored was changed by another tab: go where it went. */
  follow(): void;
  /** Forgets this visitor on this device: for a log-out. */
  reset(): void;
}

const FIRST_PAGE = 50;
const NEWEST = 2_147_483_647;
const TYPING_EVERY_MS = 3000;
const RETRY_MS = 1000;

export function createChatClient(options: ChatClientOptions): ChatClient {
  const { origin, agent } = options;
  const storage = openStorage(options.storage ?? (() => undefined));
  const keyOf = (name: string) => `renus:${name}:${origin}:${agent}`;
  const [sessionKey, outboxKey, readKey] = ["session", "outbox", "read"].map(keyOf) as [string, string, string];
  const session = createSession({ origin, agent, storage, key: sessionKey, about: options.about });
  const outbox = createOutbox(storage, outboxKey);
  /** Answers to other tabs that share this one's link carry another. */
  const ref = uuid();
  const connection = createConnection({
    origin,
    async token(fresh) {
      const next = await session.ensure(fresh);
      refusal = null;
      adopt(next);
      return next.token;
    },
    onFrame: receive,
    onState: connectionChanged,
    onRefused: (err) => (refusal = err instanceof ApiError ? err : null),
    links: options.links?.(() => current?.visitor_id ?? ""),
  });

  let current: StoredSession | null = null;
  let conversation = emptyConversation("");
  let refusal: ApiError | null = null;
  let isLoaded = false;
  let isSyncing = false;
  let isEmitPlanned = false;
  let contentCharsMax: number = LIMITS.contentCharsMax;
  let isTyping = false;
  let typingSentAt = 0;
  let readSeq = 0;
  let typingTimer: ReturnType<typeof setTimeout> | undefined;
  let retryTimer: ReturnType<typeof setTimeout> | undefined;
  /** client_message_ids that were handed to this link: each goes once over each. */
  const handed = new Set<string>();
  let state = snapshot();

  function open(): void {
    const { name } = connection.state();
    if (name !== "idle" && name !== "stopped") return;
    const stored = session.stored();
    if (stored) adopt(stored);
    connection.start();
  }

  function close(): void {
    connection.stop();
    clearTimeout(typingTimer);
    clearTimeout(retryTimer);
  }

  // A socket knows the conversations of its visitor as they were when it opened.
  function move(next: StoredSession): void {
    adopt(next);
    connection.stop();
    connection.start();
  }

  function adopt(next: StoredSession): void {
    current = next;
    const { conversation_id: id } = next;
    if (id !== conversation.id) {
      // Written before there was a conversation to write to.
      for (const entry of outbox.list("")) outbox.add({ ...entry, conversation_id: id });
      conversation = emptyConversation(id);
      isLoaded = false;
      const read = storage.get(readKey) as { id?: string; seq?: number } | undefined;
      readSeq = (read?.id === id && read.seq) || 0;
    }
    emit();
  }

  function forget(): void {
    close();
    session.forget();
    for (const key of [outboxKey, readKey]) storage.remove(key);
    current = null;
    conversation = emptyConversation("");
    isLoaded = false;
    emit();
  }

  function connectionChanged(): void {
    linkChanged();
    setTyping(0);
    emit();
  }

  function linkChanged(): void {
    isSyncing = false;
    handed.clear();
  }

  function receive(frame: ServerFrame): void {
    switch (frame.type) {
      case "connected":
        contentCharsMax = frame.limits?.content_chars_max ?? contentCharsMax;
        linkChanged();
        sync();
        flush();
        break;
      case "message_sent": {
        const { client_message_id: id } = frame;
        const entry = outbox.list(conversation.id).find((one) => one.client_message_id === id);
        if (entry) conversation = acknowledge(conversation, frame, entry.content, current!.visitor_id);
        // Another tab's, and it was faster to take the words away.
        else if (frame.seq > (conversation.messages.at(-1)?.seq ?? 0)) sync();
        confirm(id);
        break;
      }
      case "typing":
        if (frame.conversation_id === conversation.id && frame.user_id !== current?.visitor_id)
          setTyping(frame.is_typing ? frame.ttl_ms : 0);
        break;
      case "error":
        refused(frame);
        break;
      case "sync_data":
        if (frame.ref && frame.ref !== ref) break;
        isSyncing = false;
        apply(frame);
        isLoaded = true;
        for (const message of frame.messages) confirm(message.client_message_id);
        break;
      case "message":
        confirm(frame.message.client_message_id);
        if (frame.message.role !== "visitor") setTyping(0);
        apply(frame);
        break;
      default:
        if (frame.type === "stream_start") setTyping(0);
        apply(frame);
    }
    emit();
  }

  function confirm(id: string | null): void {
    if (id) outbox.confirm(id);
  }

  function apply(frame: ServerFrame): void {
    conversation = applyFrame(conversation, frame, current?.visitor_id ?? "");
    if (conversation.needsSync) sync();
    // The rest of replies in flight.
    if (frame.type !== "sync_data") return;
    for (const { id, status, attempt, content } of conversation.messages)
      if (status === "streaming") connection.send({ type: "resume", message_id: id, attempt, from: content.length });
  }

  function sync(): void {
    if (isSyncing) return;
    const { id, cursor, messages } = conversation;
    isSyncing = connection.send(
      messages[0] || cursor
        ? { type: "sync", ref, cursors: { [id]: cursor }, limit: LIMITS.syncLimitMax }
        : { type: "sync", ref, conversation_id: id, before_seq: NEWEST, limit: FIRST_PAGE },
    );
  }

  function flush(): void {
    for (const { client_message_id, conversation_id, content, error } of outbox.list(conversation.id))
      if (
        error === null &&
        !handed.has(client_message_id) &&
        connection.send({ type: "message", conversation_id, content, client_message_id })
      )
        handed.add(client_message_id);
  }

  function refused(frame: Extract<ServerFrame, { type: "error" }>): void {
    if (frame.ref) handed.delete(frame.ref);
    // Which frame it was is not said: it may have been the sync.
    else isSyncing = false;
    if (frame.retryable && (frame.retry_after_ms || !frame.ref)) {
      clearTimeout(retryTimer);
      retryTimer = setTimeout(() => {
        sync();
        flush();
      }, frame.retry_after_ms || RETRY_MS);
    } else outbox.mark(frame.ref!, frame.error);
  }

  function setTyping(forMs: number): void {
    clearTimeout(typingTimer);
    isTyping = forMs > 0;
    if (isTyping)
      typingTimer = setTimeout(() => {
        isTyping = false;
        emit();
      }, forMs);
  }

  function emit(): void {
    state = snapshot();
    if (isEmitPlanned) return;
    isEmitPlanned = true;
    queueMicrotask(() => {
      isEmitPlanned = false;
      options.onChange?.(state);
    });
  }

  function snapshot(): ChatState {
    const { messages, status } = conversation;
    const link = connection.state();
    const { name } = link;
    const isStopped = name === "stopped";
    const isIdle = isStopped || name === "idle";
    return {
      ...conversation,
      isUnavailable: isStopped && link.code !== null,
      connection: name === "live" ? "online" : isIdle ? name : name === "waiting" || isLoaded ? "reconnecting" : "connecting",
      agent: current?.agent ?? options.profile ?? null,
      items: toItems(conversation, name === "idle" ? [] : outbox.list(conversation.id)),
      isLoaded,
      isTyping,
      streamingId: messages.findLast((message) => message.status === "streaming")?.id ?? null,
      isClosed: status === "closed",
      unread: messages.filter((message) => message.role !== "visitor" && message.seq > readSeq).length,
      contentCharsMax,
      refusal,
    };
  }

  return {
    state: () => state,
    open,
    close,
    wake: () => connection.wake(),
    send(content) {
      if (!content.trim()) return;
      outbox.add({
        client_message_id: uuid(),
        conversation_id: conversation.id,
        content,
        created_at: new Date().toISOString(),
        error: null,
      });
      typingSentAt = 0;
      flush();
      emit();
    },
    retry({ id, key }) {
      if (id) connection.send({ type: "retry", message_id: id });
      else {
        outbox.mark(key, null);
        connection.wake();
        flush();
      }
      emit();
    },
    discard({ key, content }) {
      outbox.confirm(key);
      emit();
      return content;
    },
    cancel() {
      const { streamingId: id } = state;
      if (id) connection.send({ type: "cancel", message_id: id });
    },
    rate({ id }, rating) {
      if (!connection.send({ type: "feedback", message_id: id!, rating })) return;
      const messages = conversation.messages.map((one) => (one.id === id ? { ...one, feedback: rating } : one));
      conversation = { ...conversation, messages };
      emit();
    },
    typing(is) {
      const now = Date.now();
      if (is ? now - typingSentAt < TYPING_EVERY_MS : !typingSentAt) return;
      typingSentAt = is ? now : 0;
      connection.send({ type: "typing", conversation_id: conversation.id, is_typing: is });
    },
    presence: (status) => void connection.send({ type: "presence", status }),
    read() {
      const last = conversation.messages.at(-1);
      if (!last || last.seq <= readSeq) return;
      readSeq = last.seq;
      storage.set(readKey, { id: conversation.id, seq: readSeq });
      connection.send({ type: "read", conversation_id: conversation.id, message_id: last.id });
      emit();
    },
    loadOlder() {
      const first = conversation.messages[0];
      if (first && conversation.hasOlder)
        connection.send({ type: "sync", ref, conversation_id: conversation.id, before_seq: first.seq, limit: FIRST_PAGE });
    },
    newConversation: async () => move(await session.renew()),
    async identify(about) {
      const next = await session.identify(about);
      const stored = session.stored()!;
      if (stored.visitor_id !== current?.visitor_id || stored.conversation_id !== conversation.id) move(stored);
      return next;
    },
    follow() {
      const stored = session.stored();
      if (current && !stored) forget();
      else if (current && stored!.conversation_id !== conversation.id) move(stored!);
    },
    reset: forget,
  };
}

/** Version 4 (RFC 9562 section 5.4). `crypto.randomUUID` is missing on plain http pages. */
function uuid(): string {
  return "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) =>
    (+digit ^ (crypto.getRandomValues(new Uint8Array(1))[0]! & (15 >> (+digit / 4)))).toString(16),
  );
}
