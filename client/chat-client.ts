import { LIMITS } from "../protocol/codes.ts";
import type { ServerFrame } from "../protocol/frames.ts";
import type { PublicAgent } from "../protocol/resources.ts";
import { toItems, type ChatItem, type ChatState } from "./chat-state.ts";
import type { ConnectionState } from "./connection-state.ts";
import { Connection } from "./connection.ts";
import { acknowledge, applyFrame, emptyConversation, type ConversationState } from "./conversation.ts";
import { Outbox } from "./outbox.ts";
import { Session, type SessionOptions, type StoredSession } from "./session.ts";
import { openStorage, type StorageArea } from "./storage.ts";

export interface ChatClientOptions {
  /** Origin of the server, for example `https://chat.example.com`. */
  origin: string;
  /** Slug of the agent. */
  agent: string;
  /** Called on the first use; memory by default, `() => localStorage` in a browser. */
  storage?: () => StorageArea | undefined;
  /** Told to the server when a session begins. */
  about?: SessionOptions["about"];
  /** What is known of the agent before the first answer. */
  profile?: PublicAgent | null;
}

const FIRST_PAGE = 50;
const NEWEST = 2_147_483_647;
const TYPING_EVERY_MS = 3000;
const RETRY_MIN_MS = 1000;

/**
 * A conversation with one agent, without any user interface: it opens, keeps itself connected, sends what was written
 * exactly once and knows what came back. Nothing is stored or sent before `open`.
 */
export class ChatClient {
  readonly #options: ChatClientOptions;
  readonly #listeners = new Set<(state: ChatState) => void>();
  readonly #connection: Connection;
  readonly #session: Session;
  readonly #outbox: Outbox;
  readonly #readKey: string;
  readonly #storage: ReturnType<typeof openStorage>;
  #current: StoredSession | null = null;
  #conversation: ConversationState = emptyConversation("");
  #state: ChatState;
  #isLoaded = false;
  #isSyncing = false;
  #isEmitPlanned = false;
  #contentCharsMax: number = LIMITS.contentCharsMax;
  #typingUntil = 0;
  #typingTimer: ReturnType<typeof setTimeout> | undefined;
  #refreshTimer: ReturnType<typeof setTimeout> | undefined;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #typingSentAt = 0;
  #resumed = "";
  /** client_message_ids handed to this link: each goes once over each link. */
  readonly #handed = new Set<string>();
  #readSeq = 0;

  constructor(options: ChatClientOptions) {
    this.#options = options;
    const { origin, agent } = options;
    const storage = lazily(options.storage ?? (() => undefined));
    this.#storage = storage;
    this.#readKey = `renus:read:${origin}:${agent}`;
    this.#session = new Session({ origin, agent, storage, ...(options.about ? { about: options.about } : {}) });
    this.#outbox = new Outbox(storage, `renus:outbox:${origin}:${agent}`);
    this.#connection = new Connection({
      origin,
      token: async (fresh) => (await this.#begin(fresh)).token,
      onFrame: (frame) => this.#receive(frame),
      onState: (state) => this.#connectionChanged(state),
    });
    this.#state = this.#snapshot();
  }

  get state(): ChatState {
    return this.#state;
  }

  /** Called after every change, at most once a microtask. Returns how to stop. */
  subscribe(listener: (state: ChatState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Begins or continues the visitor's session and connects. Harmless when open. */
  open(): void {
    if (this.#connection.state.name !== "idle" && this.#connection.state.name !== "stopped") return;
    const stored = this.#session.stored;
    if (stored) this.#adopt(stored);
    this.#connection.start();
  }

  /** Disconnects. The conversation, and what waits in the outbox, stay. */
  close(): void {
    this.#connection.stop();
    for (const timer of [this.#typingTimer, this.#refreshTimer, this.#retryTimer]) clearTimeout(timer);
  }

  /** The network is back, or the page became visible again. */
  wake(): void {
    this.#connection.wake();
  }

  /** Shown at once, stored, sent as soon as there is a connection. Empty text is ignored. */
  send(content: string): void {
    if (content.trim() === "") return;
    this.#outbox.add({
      client_message_id: crypto.randomUUID?.() ?? uuid(),
      conversation_id: this.#conversation.id,
      content,
      created_at: new Date().toISOString(),
      error: null,
    });
    this.#typingSentAt = 0;
    this.open();
    this.#flush();
    this.#emit();
  }

  /** Sends a refused message again under its old id, or asks for another reply after one that failed. */
  retry(item: Pick<ChatItem, "key" | "id">): void {
    if (item.id) {
      this.#connection.send({ type: "retry", message_id: item.id });
    } else {
      this.#outbox.mark(item.key, null);
      this.wake();
      this.#flush();
    }
    this.#emit();
  }

  /** Takes a refused message back; returns its text. */
  discard(key: string): string {
    const entry = this.#outbox.list(this.#conversation.id).find((one) => one.client_message_id === key);
    this.#outbox.confirm(key);
    this.#emit();
    return entry?.content ?? "";
  }

  /** Stops the reply that is being written. */
  cancel(): void {
    const { streamingId } = this.#state;
    if (streamingId) this.#connection.send({ type: "cancel", message_id: streamingId });
  }

  /** Tells the other side; may be called on every key press. */
  typing(isTyping: boolean): void {
    const now = Date.now();
    if (isTyping ? now - this.#typingSentAt < TYPING_EVERY_MS : this.#typingSentAt === 0) return;
    this.#typingSentAt = isTyping ? now : 0;
    this.#connection.send({ type: "typing", conversation_id: this.#conversation.id, is_typing: isTyping });
  }

  presence(status: "online" | "away"): void {
    this.#connection.send({ type: "presence", status });
  }

  /** Everything here has been seen. */
  read(): void {
    const last = this.#conversation.messages.at(-1);
    if (!last || last.seq <= this.#readSeq) return;
    this.#readSeq = last.seq;
    this.#storage.set(this.#readKey, { id: this.#conversation.id, seq: last.seq });
    this.#connection.send({ type: "read", conversation_id: this.#conversation.id, message_id: last.id });
    this.#emit();
  }

  loadOlder(): void {
    const first = this.#conversation.messages[0];
    if (!first || !this.#conversation.hasOlder) return;
    this.#connection.send({ type: "sync", conversation_id: this.#conversation.id, before_seq: first.seq, limit: FIRST_PAGE });
  }

  /** Same visitor, empty conversation. Rejects with ApiError or TypeError when it could not begin. */
  async newConversation(): Promise<void> {
    this.#adopt(await this.#session.newConversation());
    // A socket knows the conversations of its visitor as they were when it opened.
    this.#connection.stop();
    this.#connection.start();
  }

  /** Another tab may have begun a new conversation: go there too. */
  follow(): void {
    const stored = this.#session.stored;
    if (this.#current && stored && stored.conversation_id !== this.#conversation.id) {
      this.#adopt(stored);
      this.#connection.stop();
      this.#connection.start();
    }
  }

  /** Forgets this visitor on this device: for a log-out. */
  reset(): void {
    this.close();
    this.#session.forget();
    this.#outbox.clear();
    this.#storage.remove(this.#readKey);
    this.#current = null;
    this.#conversation = emptyConversation("");
    this.#isLoaded = false;
    this.#emit();
  }

  async #begin(fresh: boolean): Promise<StoredSession> {
    const session = await this.#session.ensure(fresh);
    this.#adopt(session);
    const halfLifeMs = (session.expires_at - Date.now()) / 2;
    clearTimeout(this.#refreshTimer);
    this.#refreshTimer = setTimeout(() => void this.#refresh(), Math.min(Math.max(halfLifeMs, 60_000), NEWEST));
    return session;
  }

  async #refresh(): Promise<void> {
    const session = await this.#begin(true).catch(() => null);
    if (session) this.#connection.send({ type: "auth", token: session.token });
  }

  #adopt(session: StoredSession): void {
    this.#current = session;
    if (session.conversation_id !== this.#conversation.id) {
      this.#conversation = emptyConversation(session.conversation_id);
      this.#isLoaded = false;
      const read = this.#storage.get(this.#readKey) as { id?: string; seq?: number } | undefined;
      this.#readSeq = read?.id === session.conversation_id ? (read.seq ?? 0) : 0;
      // Written before there was a conversation to write to.
      for (const entry of this.#outbox.list("")) this.#outbox.add({ ...entry, conversation_id: session.conversation_id });
    }
    this.#emit();
  }

  #connectionChanged(state: ConnectionState): void {
    this.#isSyncing = false;
    this.#resumed = "";
    this.#handed.clear();
    if (state.name === "live") {
      this.#sync();
      this.#flush();
    } else {
      this.#setTyping(0);
    }
    this.#emit();
  }

  #receive(frame: ServerFrame): void {
    switch (frame.type) {
      case "connected":
        this.#contentCharsMax = frame.limits?.content_chars_max ?? this.#contentCharsMax;
        break;
      case "message_sent": {
        const entry = this.#outbox.list(frame.conversation_id).find((one) => one.client_message_id === frame.client_message_id);
        if (entry) this.#conversation = acknowledge(this.#conversation, frame, entry.content, this.#current?.visitor_id ?? "");
        if (frame.client_message_id) this.#outbox.confirm(frame.client_message_id);
        break;
      }
      case "typing":
        if (frame.conversation_id === this.#conversation.id && frame.user_id !== this.#current?.visitor_id) {
          this.#setTyping(frame.is_typing ? frame.ttl_ms || LIMITS.typingTtlMs : 0);
        }
        break;
      case "error":
        this.#refused(frame);
        break;
      case "sync_data":
        this.#isSyncing = false;
        this.#apply(frame);
        this.#isLoaded = true;
        for (const message of frame.messages) if (message.client_message_id) this.#outbox.confirm(message.client_message_id);
        break;
      case "message":
        if (frame.message.client_message_id) this.#outbox.confirm(frame.message.client_message_id);
        if (frame.message.role !== "visitor") this.#setTyping(0);
        this.#apply(frame);
        break;
      case "stream_start":
        this.#setTyping(0);
        this.#apply(frame);
        break;
      default:
        this.#apply(frame);
    }
    this.#emit();
  }

  #apply(frame: ServerFrame): void {
    this.#conversation = applyFrame(this.#conversation, frame, this.#current?.visitor_id ?? "");
    if (this.#conversation.needsSync) this.#sync();
    if (frame.type === "sync_data" || frame.type === "delta") this.#resume(frame.type === "sync_data");
  }

  #sync(): void {
    if (this.#isSyncing) return;
    const { id, cursor, messages } = this.#conversation;
    this.#isSyncing =
      messages.length === 0 && cursor === 0
        ? this.#connection.send({ type: "sync", conversation_id: id, before_seq: NEWEST, limit: FIRST_PAGE })
        : this.#connection.send({ type: "sync", cursors: { [id]: cursor }, limit: LIMITS.syncLimitMax });
  }

  /** Asks for the rest of replies in flight: all of them after a sync, otherwise those with a hole. */
  #resume(all: boolean): void {
    const { streams, gaps } = this.#conversation;
    const wanted = all
      ? Object.entries(streams).map(([id, s]) => [id, { attempt: s.attempt, from: s.text.length }] as const)
      : Object.entries(gaps);
    for (const [messageId, { attempt, from }] of wanted) {
      const asked = `${messageId}:${attempt}:${from}`;
      if (asked === this.#resumed) continue;
      this.#resumed = asked;
      this.#connection.send({ type: "resume", message_id: messageId, attempt, from });
    }
  }

  #flush(): void {
    if (this.#connection.state.name !== "live") return;
    for (const entry of this.#outbox.list(this.#conversation.id)) {
      const { client_message_id, conversation_id, content, error } = entry;
      if (error !== null || this.#handed.has(client_message_id)) continue;
      if (this.#connection.send({ type: "message", conversation_id, content, client_message_id }))
        this.#handed.add(client_message_id);
    }
  }

  #refused(frame: Extract<ServerFrame, { type: "error" }>): void {
    if (!frame.ref) return;
    this.#handed.delete(frame.ref);
    if (frame.retryable && frame.retry_after_ms !== undefined) {
      clearTimeout(this.#retryTimer);
      this.#retryTimer = setTimeout(() => this.#flush(), Math.max(RETRY_MIN_MS, frame.retry_after_ms));
    } else {
      this.#outbox.mark(frame.ref, frame.error);
    }
  }

  #setTyping(forMs: number): void {
    clearTimeout(this.#typingTimer);
    this.#typingUntil = forMs > 0 ? Date.now() + forMs : 0;
    if (forMs > 0) this.#typingTimer = setTimeout(() => (this.#setTyping(0), this.#emit()), forMs);
  }

  #emit(): void {
    this.#state = this.#snapshot();
    if (this.#isEmitPlanned) return;
    this.#isEmitPlanned = true;
    queueMicrotask(() => {
      this.#isEmitPlanned = false;
      for (const listener of this.#listeners) listener(this.#state);
    });
  }

  #snapshot(): ChatState {
    const conversation = this.#conversation;
    const { name } = this.#connection?.state ?? { name: "idle" };
    const isUnavailable = this.#connection?.state.name === "stopped" && this.#connection.state.code !== null;
    const items = toItems(
      conversation,
      name === "idle" ? [] : this.#outbox.list(conversation.id),
      (message) => message.role === "visitor",
    );
    return {
      phase: isUnavailable
        ? "unavailable"
        : this.#current
          ? "ready"
          : name === "idle" || name === "stopped"
            ? "idle"
            : "starting",
      connection:
        name === "live"
          ? "online"
          : name === "connecting" && !this.#isLoaded
            ? "connecting"
            : name === "connecting" || name === "waiting"
              ? "reconnecting"
              : name,
      agent: this.#current?.agent ?? this.#options.profile ?? null,
      items,
      isLoaded: this.#isLoaded,
      hasOlder: conversation.hasOlder,
      isTyping: this.#typingUntil > 0,
      streamingId: conversation.messages.findLast((message) => message.status === "streaming")?.id ?? null,
      owner: conversation.owner,
      ownerName: conversation.ownerName,
      isClosed: conversation.status === "closed",
      unread: conversation.messages.filter((message) => message.role !== "visitor" && message.seq > this.#readSeq).length,
      contentCharsMax: this.#contentCharsMax,
    };
  }
}

/** The area is touched on the first use only: before a chat opens the page's storage stays as it was. */
function lazily(area: () => StorageArea | undefined): ReturnType<typeof openStorage> {
  let storage: ReturnType<typeof openStorage> | undefined;
  const real = () => (storage ??= openStorage(area));
  return { get: (key) => real().get(key), set: (key, value) => real().set(key, value), remove: (key) => real().remove(key) };
}

/** crypto.randomUUID exists in secure contexts only; a page on a LAN address is none. RFC 9562 section 5.4. */
function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
