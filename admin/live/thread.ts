import { applyFrame, emptyConversation, type ConversationState } from "../../client/conversation.ts";
import { LIMITS } from "../../protocol/codes.ts";
import type { ServerFrame } from "../../protocol/frames.ts";
import type { Correction, InboxConversation, Message, Note } from "../../protocol/resources.ts";
import { getConversation, listMessages, listNotes, sendMessage, type TracedMessage } from "../api.ts";
import { errorWords } from "../request.ts";
import { account } from "../session.ts";
import { inFrames } from "./frames.ts";
import { isLive, listen, send } from "./live.ts";
import { onRow, refreshRow } from "./rows.ts";
import { Store } from "./store.ts";

/** Written here and not stored yet. */
export interface PendingMessage {
  id: string;
  content: string;
  created_at: string;
  /** Words, once it was refused; it stays until it is sent again or taken back. */
  error: string | null;
}

const FIRST_PAGE = 50;
const OLDER_PAGE = 25;
/** Put on the page in one frame. */
const OLDER_AT_ONCE = 2;
const TYPING_EVERY_MS = 3000;

/** One conversation as its operator sees it: what the visitor sees, live, with traces, notes and who is there. */
export class Thread extends Store {
  readonly id: string;
  conversation: InboxConversation | null = null;
  notes: readonly Note[] = [];
  pending: readonly PendingMessage[] = [];
  error = "";
  hasOlder = false;
  isLoadingOlder = false;
  /** Who is writing just now. */
  typing: "visitor" | "assistant" | "operator" | null = null;
  presence: "online" | "away" | "offline" | null = null;
  #state: ConversationState;
  #why = new Map<string, Pick<TracedMessage, "trace" | "correction">>();
  #readSeq = 0;
  #typingSentAt = 0;
  #typingTimer: ReturnType<typeof setTimeout> | undefined;
  #isSyncing = false;
  #isStopped = false;
  #stops: (() => void)[] = [];
  /** Answers to other threads of the socket carry another. */
  readonly #ref = crypto.randomUUID();

  constructor(id: string) {
    super();
    this.id = id;
    this.#state = emptyConversation(id);
  }

  get messages(): readonly Message[] {
    return this.#state.messages;
  }
  /** The newest message that the visitor has seen. */
  get readSeq(): number {
    return this.#state.readSeqByOthers;
  }
  whyOf(messageId: string): Pick<TracedMessage, "trace" | "correction"> | undefined {
    return this.#why.get(messageId);
  }

  start(): void {
    this.#stops = [
      listen((frame) => this.#receive(frame)),
      onRow((id, row) => {
        if (id !== this.id) return;
        this.conversation = row;
        if (!row) this.error = "GONE";
        this.changed();
      }),
    ];
    void this.load();
  }
  stop(): void {
    this.#isStopped = true;
    for (const stop of this.#stops) stop();
    clearTimeout(this.#typingTimer);
    this.setTyping(false);
    send({ type: "unsubscribe", conversation_id: this.id });
  }

  async load(): Promise<void> {
    this.error = "";
    this.changed();
    try {
      // The row first: what changes after it the sync brings.
      const conversation = await getConversation(this.id);
      const [page, notes] = await Promise.all([listMessages(this.id, { limit: FIRST_PAGE }), listNotes(this.id)]);
      if (this.#isStopped) return;
      const messages = this.#remember(page.data);
      this.conversation = conversation;
      this.notes = notes.data;
      this.hasOlder = (messages[0]?.seq ?? 1) > 1;
      this.#state = {
        ...emptyConversation(this.id),
        messages,
        cursor: conversation.last_rev,
        owner: conversation.owner,
        status: conversation.status,
      };
      this.#follow();
    } catch (err) {
      this.error = errorWords(err);
    }
    this.changed();
  }

  /** Resolves to whether there were any. */
  async loadOlder(): Promise<boolean> {
    const first = this.messages[0];
    if (!first || !this.hasOlder || this.isLoadingOlder) return false;
    this.isLoadingOlder = true;
    this.changed();
    try {
      const page = await listMessages(this.id, { before_seq: first.seq, limit: OLDER_PAGE });
      const older = this.#remember(page.data).filter(({ seq }) => seq < first.seq);
      let next = first;
      await inFrames(older.toReversed(), OLDER_AT_ONCE, (some) => {
        if (this.messages[0] !== next) return false;
        next = some.at(-1)!;
        this.#state = { ...this.#state, messages: [...some.toReversed(), ...this.messages] };
        this.changed();
        return true;
      });
      this.hasOlder = (this.messages[0]?.seq ?? 1) > 1;
      return older.length > 0;
    } finally {
      this.isLoadingOlder = false;
      this.changed();
    }
  }

  /** Shown at once; kept with the reason when it is refused. */
  async post(content: string, id: string = crypto.randomUUID()): Promise<void> {
    const entry = { id, content, created_at: new Date().toISOString(), error: null };
    this.pending = [...this.pending.filter((one) => one.id !== id), entry];
    this.#typingSentAt = 0;
    this.changed();
    try {
      const message = await sendMessage(this.id, content, id);
      this.pending = this.pending.filter((one) => one.id !== id);
      this.#apply({ type: "message", message });
    } catch (err) {
      this.pending = this.pending.map((one) => (one.id === id ? { ...one, error: errorWords(err) } : one));
      refreshRow(this.id);
    }
    this.changed();
  }
  discard(id: string): void {
    this.pending = this.pending.filter((one) => one.id !== id);
    this.changed();
  }

  /** Tells the visitor; may be called on every key press. */
  setTyping(is: boolean): void {
    const now = Date.now();
    if (is ? now - this.#typingSentAt < TYPING_EVERY_MS : !this.#typingSentAt) return;
    this.#typingSentAt = is ? now : 0;
    send({ type: "typing", conversation_id: this.id, is_typing: is });
  }
  /** Everything here has been seen. */
  read(): void {
    const last = this.messages.at(-1);
    if (!last || last.seq <= this.#readSeq || !this.conversation?.unread_count) return;
    if (send({ type: "read", conversation_id: this.id, message_id: last.id })) this.#readSeq = last.seq;
  }
  stopReply(messageId: string): void {
    send({ type: "cancel", message_id: messageId });
  }
  retryReply(messageId: string): void {
    send({ type: "retry", message_id: messageId });
  }
  correct(messageId: string, correction: Correction | null): void {
    const why = this.#why.get(messageId);
    if (why) this.#why.set(messageId, { ...why, correction });
    this.changed();
  }
  putNote(note: Note): void {
    const others = this.notes.filter(({ id }) => id !== note.id);
    this.notes = [...others, note].sort((a, b) => a.created_at.localeCompare(b.created_at));
    this.changed();
  }
  dropNote(id: string): void {
    this.notes = this.notes.filter((note) => note.id !== id);
    this.changed();
  }

  #remember(data: readonly TracedMessage[]): TracedMessage[] {
    for (const { id, trace, correction } of data) if (trace) this.#why.set(id, { trace, correction });
    return data.toSorted((a, b) => a.seq - b.seq);
  }

  /** Deltas of this conversation from here on, and what was missed. */
  #follow(): void {
    this.#isSyncing = false;
    if (!isLive()) return;
    send({ type: "subscribe", conversation_id: this.id });
    this.#sync();
  }
  #sync(): void {
    if (this.#isSyncing || !this.conversation) return;
    const { cursor } = this.#state;
    this.#isSyncing = send({ type: "sync", ref: this.#ref, cursors: { [this.id]: cursor }, limit: LIMITS.syncLimitMax });
  }

  #receive(frame: ServerFrame): void {
    switch (frame.type) {
      case "connected":
        if (this.conversation) this.#follow();
        else if (this.error) void this.load();
        return;
      case "typing":
        if (frame.conversation_id === this.id && frame.user_id !== account().id) this.#hear(frame);
        return;
      case "presence":
        if (frame.user_id !== this.conversation?.visitor_id) return;
        this.presence = frame.status;
        break;
      case "read":
        // Other operators read as well.
        if (frame.conversation_id !== this.id || frame.user_id !== this.conversation?.visitor_id) return;
        this.#apply(frame);
        break;
      case "note":
        if (frame.conversation_id !== this.id) return;
        if (frame.deleted) this.dropNote(frame.note.id);
        else this.putNote(frame.note);
        return;
      case "sync_data":
        if (frame.ref && frame.ref !== this.#ref) return;
        this.#isSyncing = false;
        this.#apply(frame);
        for (const { id, status, attempt, content } of this.messages)
          if (status === "streaming") send({ type: "resume", message_id: id, attempt, from: content.length });
        break;
      case "message":
      case "conversation":
      case "stream_start":
      case "stream_reset":
      case "delta":
      case "stream_end":
        this.#apply(frame);
        break;
      default:
        return;
    }
    this.changed();
  }
  #apply(frame: ServerFrame): void {
    const before = this.#state;
    this.#state = applyFrame(before, frame, account().id);
    if (this.#state === before) return;
    // One whose answer was lost with the server may be stored all the same.
    if (this.pending.length > 0) {
      const stored = new Set(this.messages.map(({ client_message_id }) => client_message_id));
      this.pending = this.pending.filter(({ id }) => !stored.has(id));
    }
    if (frame.type === "message" && frame.message.role !== "system") this.#heardFrom();
    if (frame.type === "stream_start") this.#heardFrom();
    if (this.#state.needsSync) this.#sync();
    for (const message of this.messages)
      if (message.role === "assistant" && message.status !== "streaming" && !this.#why.has(message.id))
        void this.#askWhy(message);
  }
  async #askWhy(message: Message): Promise<void> {
    this.#why.set(message.id, { trace: null, correction: null });
    try {
      const { data } = await listMessages(this.id, { after_seq: message.seq - 1, limit: 1 });
      if (this.#remember(data).length > 0) this.changed();
    } catch {
      // Without it the reply is there all the same; a reload shows why it was given.
    }
  }

  #hear({ user_id, is_typing, ttl_ms }: Extract<ServerFrame, { type: "typing" }>): void {
    clearTimeout(this.#typingTimer);
    const { visitor_id, agent_id, sub_agent_id } = this.conversation ?? {};
    const who = user_id === visitor_id ? "visitor" : user_id === agent_id || user_id === sub_agent_id ? "assistant" : "operator";
    this.typing = is_typing ? who : null;
    if (is_typing) this.#typingTimer = setTimeout(() => this.#heardFrom(), ttl_ms);
    this.changed();
  }
  #heardFrom(): void {
    clearTimeout(this.#typingTimer);
    this.typing = null;
    this.changed();
  }
}
