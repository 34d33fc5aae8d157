import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import { repeat } from "lit/directives/repeat.js";
import type { InboxConversation, Message, Note } from "../../protocol/resources.ts";
import { stickToBottom, type StickToBottom } from "../../widget/stick-to-bottom.ts";
import { closeConversation, handBack, takeOver } from "../api.ts";
import { t } from "../i18n/i18n.ts";
import { Following } from "../live/store.ts";
import type { PendingMessage, Thread } from "../live/thread.ts";
import { ApiError, errorWords } from "../request.ts";
import { account } from "../session.ts";
import { confirmAction } from "./confirm.ts";
import { icon } from "./icons.ts";
import { LightElement } from "./light-element.ts";
import "./operator-composer.ts";
import { errorState, skeleton } from "./states.ts";
import { noteView, pendingView, threadMessage, type Place } from "./thread-message.ts";
import { setTitle } from "./title.ts";
import { toast } from "./toast.ts";

/** Asked for before the reader is there. */
const OLDER_FROM_PX = 1500;
/** Lines that the browser leaves alone together while they are out of view: watching each of them costs more than it saves. */
const STRETCH_LINES = 20;

type Line = { key: string; at: string; message?: Message; place?: Place; note?: Note; pending?: PendingMessage };

/** What it shows: as long as all of them are the same it need not be drawn again. */
const partsOf = ({ message, place, note, pending }: Line): unknown[] => [
  message ?? note ?? pending,
  ...Object.values(place ?? {}),
];

/**
 * One conversation, live.
 *
 * @fires about-wanted - the details shall be shown or hidden
 */
export class ConversationThread extends LightElement {
  static override properties = {
    thread: { attribute: false },
    back: {},
    isBusy: { state: true },
    hasNew: { state: true },
  };
  declare thread: Thread;
  /** Address of the list. */
  declare back: string;
  declare isBusy: boolean;
  /** Unseen messages below what is in view. */
  declare hasNew: boolean;
  #log: HTMLElement | null = null;
  #stick: StickToBottom | null = null;
  #lastKey = "";
  #firstKey: string | undefined;
  #isShown = false;

  constructor() {
    super();
    new Following(this, () => this.thread);
    this.back = "";
    this.isBusy = false;
    this.hasNew = false;
  }
  override willUpdate(changed: PropertyValues): void {
    setTitle(this.thread.conversation?.visitor?.name ?? "", t("Conversations"));
    if (!changed.has("thread")) return;
    this.#stick?.jump();
    this.hasNew = false;
    this.#lastKey = "";
    this.#isShown = false;
  }
  override update(changed: PropertyValues): void {
    const first = this.thread.messages[0]?.id;
    // Asking where everything stands lays the page out, which most updates need not.
    if (this.#stick && first !== this.#firstKey) this.#stick.keep(() => super.update(changed), true);
    else super.update(changed);
    this.#firstKey = first;
    this.#follow();
    if (!this.#stick) return;
    if (!this.#isShown) this.#show();
    const key = this.thread.messages.at(-1)?.id ?? "";
    const isNew = key !== this.#lastKey && this.#lastKey !== "";
    this.#lastKey = key;
    if (this.thread.pending.length > 0) this.#stick.jump();
    else if (isNew && !this.#stick.isAtBottom()) this.hasNew = true;
    this.#see();
  }
  /** The lines' place goes and comes with what is shown instead: a skeleton, an error. */
  #follow(): void {
    const log = this.querySelector<HTMLElement>(".thread-log");
    if (log === this.#log) return;
    this.#log = log;
    this.#stick = log && stickToBottom(log, () => this.#see());
  }
  /** Who opened it by keys is in it, not before the list once more. */
  #show(): void {
    this.#isShown = true;
    if (document.activeElement?.id === "main") this.querySelector<HTMLElement>(".thread")!.focus({ preventScroll: true });
  }
  #see(): void {
    if (!this.#stick?.isAtBottom()) return;
    this.hasNew = false;
    if (document.visibilityState === "visible") this.thread.read();
  }
  readonly #onVisible = (): void => this.#see();
  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("visibilitychange", this.#onVisible);
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.#onVisible);
  }
  #onScroll(): void {
    if (this.#log!.scrollTop < OLDER_FROM_PX) void this.#loadOlder();
  }
  async #loadOlder(): Promise<void> {
    try {
      await this.thread.loadOlder();
    } catch (err) {
      toast(errorWords(err));
    }
  }
  #toEnd(): void {
    this.#stick?.jump();
    this.hasNew = false;
  }

  /** Of the key and the button: asks when somebody else has it. */
  takeOver(): void {
    const { conversation } = this.thread;
    if (!conversation || conversation.status === "closed" || isMine(conversation) || this.isBusy) return;
    void this.#change(async () => {
      const { owner, owner_id, owner_name } = conversation;
      const from = owner === "operator" && owner_id ? { id: owner_id, name: owner_name } : null;
      if (from && !(await mayTake(from.name))) return;
      try {
        await takeOver(this.thread.id, from?.id ?? null);
      } catch (err) {
        if (!(err instanceof ApiError) || err.code !== "CONVERSATION_TAKEN") throw err;
        // Somebody was faster than this click.
        const { owner_id: id, owner_name: name } = err.details as { owner_id: string; owner_name: string | null };
        if (await mayTake(name)) await takeOver(this.thread.id, id);
        else return;
      }
      await this.updateComplete;
      this.querySelector<HTMLElement>("operator-composer textarea")?.focus();
    });
  }
  async #close(): Promise<void> {
    const isSure = await confirmAction({
      title: t("Close this conversation?"),
      text: t("The visitor can still read it, and begins a new one to write again."),
      action: t("Close conversation"),
    });
    if (isSure) await this.#leave(closeConversation);
  }
  /** Its button goes away with it; the focus stays in the thread. */
  async #leave(work: (id: string) => Promise<unknown>): Promise<void> {
    await this.#change(async () => {
      await work(this.thread.id);
      this.#log?.focus({ preventScroll: true });
    });
  }
  async #change(work: () => Promise<unknown>): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    try {
      await work();
    } catch (err) {
      toast(errorWords(err));
    }
    this.isBusy = false;
  }

  override render(): TemplateResult {
    const { thread } = this;
    const { conversation } = thread;
    if (thread.error === "GONE") {
      return html`<section class="card thread">
        <div class="state">
          <p class="state-title">${t("This conversation was deleted")}</p>
          <a class="button" href=${this.back}>${t("All conversations")}</a>
        </div>
      </section>`;
    }
    if (thread.error) return html`<section class="card thread">${errorState(thread.error, () => void thread.load())}</section>`;
    if (!conversation) return html`<section class="card thread">${skeleton(5, t("Loading the conversation"))}</section>`;
    return html`<section class="card thread" aria-label=${t("Conversation")} tabindex="-1">
      ${this.#head(conversation)}
      <div class="thread-frame">
        <div class="thread-log" role="log" aria-label=${t("Messages")} tabindex="0" @scroll=${this.#onScroll}>
          <div>
            ${
              thread.hasOlder
                ? html`<button type="button" class="button is-more" ?disabled=${thread.isLoadingOlder} @click=${this.#loadOlder}>
                    ${thread.isLoadingOlder ? t("Loading…") : t("Show earlier messages")}
                  </button>`
                : nothing
            }
            ${this.#lines()} ${thread.typing ? html`<p class="typing">${this.#typing()}</p>` : nothing}
          </div>
        </div>
        ${
          this.hasNew
            ? html`<button type="button" class="button new-messages" @click=${this.#toEnd}>${t("New messages")}</button>`
            : nothing
        }
      </div>
      ${this.#foot(conversation)}
    </section>`;
  }
  #head(conversation: InboxConversation): TemplateResult {
    const { thread } = this;
    const name = conversation.visitor?.name ?? conversation.visitor?.email ?? t("Visitor");
    const presence = { online: t("Online"), away: t("Away"), offline: t("Offline") };
    return html`<header class="thread-head">
      <a class="button is-quiet is-icon thread-back" href=${this.back} aria-label=${t("All conversations")}>${icon("back")}</a>
      <div class="thread-title">
        <h2><bdi>${name}</bdi></h2>
        <p class="muted">
          ${thread.presence ? html`<i class="dot is-${thread.presence}"></i>${presence[thread.presence]} · ` : nothing}${ownerWords(conversation)}
        </p>
      </div>
      ${conversation.status === "closed" ? nothing : this.#actions(conversation)}
      <button
        type="button"
        class="button is-quiet is-icon thread-about-button"
        aria-label=${t("About the visitor")}
        @click=${() => this.dispatchEvent(new CustomEvent("about-wanted"))}
      >
        ${icon("user")}
      </button>
    </header>`;
  }
  #actions(conversation: InboxConversation): TemplateResult {
    // Not disabled: that would take the focus away.
    const busy = this.isBusy ? "true" : nothing;
    return html`<div class="thread-actions">
      ${
        isMine(conversation)
          ? html`<button type="button" class="button" aria-busy=${busy} @click=${() => this.#leave(handBack)}>
              ${t("Hand back")}
            </button>`
          : html`<button type="button" class="button is-primary" aria-busy=${busy} @click=${this.takeOver}>
              ${t("Take over")}
            </button>`
      }
      <button type="button" class="button" aria-busy=${busy} @click=${this.#close}>${t("Close")}</button>
    </div>`;
  }
  #foot(conversation: InboxConversation): TemplateResult {
    if (conversation.status === "closed") return html`<p class="thread-foot muted">${t("This conversation was closed.")}</p>`;
    const hint = isMine(conversation)
      ? ""
      : conversation.owner === "operator"
        ? t("{name} answers this visitor.", { name: conversation.owner_name ?? t("A person") })
        : t("The assistant answers. Your first message takes the conversation over.");
    return html`<operator-composer
      .thread=${this.thread}
      .hint=${hint}
      .mayReply=${conversation.owner === "assistant" || isMine(conversation)}
      @sent=${this.#toEnd}
    ></operator-composer>`;
  }
  #lines(): unknown {
    const { thread } = this;
    const { messages, notes, pending } = thread;
    if (messages.length + notes.length + pending.length === 0)
      return html`<p class="thread-hint">${t("Nothing was written yet.")}</p>`;
    const since = thread.hasOlder ? (messages[0]?.created_at ?? "") : "";
    const lastOwn = messages.findLast(({ role, sender }) => role === "operator" && sender.id === account().id);
    const visitor = thread.conversation?.visitor?.name ?? null;
    const lines: Line[] = messages.map((message) => {
      const isRead = message === lastOwn ? message.seq <= thread.readSeq : null;
      const place = { visitor, isRead, why: thread.whyOf(message.id), isLast: message === messages.at(-1) };
      return { key: message.id, at: message.created_at, message, place };
    });
    for (const note of notes) if (note.created_at >= since) lines.push({ key: note.id, at: note.created_at, note });
    // Messages have an order of their own, which a stable sort by time keeps wherever times agree with it.
    if (notes.length > 0)
      lines.sort((a, b) => (a.message && b.message ? a.message.seq - b.message.seq : a.at.localeCompare(b.at)));
    for (const one of pending) lines.push({ key: one.id, at: one.created_at, pending: one });
    return repeat(
      stretchesOf(lines),
      ({ key }) => key,
      (stretch) =>
        html`<div class="stretch">
          ${guard(stretch.lines.flatMap(partsOf), () =>
            repeat(
              stretch.lines,
              ({ key }) => key,
              (line) => this.#line(line),
            ),
          )}
        </div>`,
    );
  }
  #line(line: Line): TemplateResult {
    const { thread } = this;
    const { key, message, place, note, pending } = line;
    if (pending) return html`<div data-key=${key}>${pendingView(thread, pending)}</div>`;
    if (note) return html`<div data-key=${key}>${guard([note], () => noteView(thread, note))}</div>`;
    return html`<div data-key=${key} class="line">${guard(partsOf(line), () => threadMessage(thread, message!, place!))}</div>`;
  }
  #typing(): string {
    const { typing } = this.thread;
    if (typing === "visitor") return t("The visitor is writing…");
    return typing === "assistant" ? t("The assistant is thinking…") : t("A colleague is writing…");
  }
}

/** By the places of messages, so that a line stays in its stretch whatever comes before or after it. */
function stretchesOf(lines: readonly Line[]): { key: number; lines: Line[] }[] {
  const stretches: { key: number; lines: Line[] }[] = [];
  for (const line of lines) {
    const last = stretches.at(-1);
    const key = line.message ? Math.floor(line.message.seq / STRETCH_LINES) : (last?.key ?? 0);
    if (last?.key === key) last.lines.push(line);
    else stretches.push({ key, lines: [line] });
  }
  return stretches;
}

const isMine = ({ owner, owner_id }: InboxConversation): boolean => owner === "operator" && owner_id === account().id;

const mayTake = (name: string | null): Promise<boolean> =>
  confirmAction({
    title: t("{name} has this conversation", { name: name ?? t("A colleague") }),
    text: t("Take it over only when that is agreed: the visitor sees that you joined."),
    action: t("Take over"),
  });

function ownerWords(conversation: InboxConversation): string {
  if (conversation.status === "closed") return t("Closed");
  if (conversation.owner === "assistant") return t("The assistant answers");
  if (isMine(conversation)) return t("You answer");
  return t("{name} answers", { name: conversation.owner_name ?? t("A person") });
}
customElements.define("conversation-thread", ConversationThread);
declare global {
  interface HTMLElementTagNameMap {
    "conversation-thread": ConversationThread;
  }
}
