import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Conversation } from "../../protocol/resources.ts";
import { getConversation, handBack, listMessages, sendMessage, takeOver, type TracedMessage } from "../api.ts";
import { textOf } from "./field.ts";
import { icon } from "./icons.ts";
import { LightElement } from "./light-element.ts";
import { Loader } from "./loader.ts";
import { errorState, skeleton } from "./states.ts";
import { toast } from "./toast.ts";
import { traceView } from "./trace.ts";
import { visitorLine } from "./visitor-line.ts";
import { fullTime } from "./words.ts";
import { errorWords } from "../request.ts";

const REFRESH_MS = 3000;
const MESSAGES_SHOWN = 100;

interface Thread {
  conversation: Conversation;
  messages: TracedMessage[];
}

/** One conversation; asks for news every few seconds while it is in view. */
export class ConversationThread extends LightElement {
  static override properties = { conversationId: { attribute: "conversation-id" }, isBusy: { state: true } };
  declare conversationId: string;
  declare isBusy: boolean;
  #thread = new Loader<Thread>(this);
  #timer = 0;
  #lastSeq = 0;

  constructor() {
    super();
    this.conversationId = "";
    this.isBusy = false;
  }
  override connectedCallback(): void {
    super.connectedCallback();
    this.#timer = window.setInterval(() => {
      if (!document.hidden && this.#thread.status === "ready") void this.#refresh();
    }, REFRESH_MS);
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
  }
  override willUpdate(changed: PropertyValues): void {
    if (changed.has("conversationId")) {
      this.#thread.value = null;
      this.#lastSeq = 0;
      void this.#load();
    }
  }
  async #fetch(): Promise<Thread> {
    const id = this.conversationId;
    const [conversation, { data }] = await Promise.all([getConversation(id), listMessages(id, { limit: MESSAGES_SHOWN })]);
    return { conversation, messages: data.toSorted((a, b) => a.seq - b.seq) };
  }
  #load(): Promise<void> {
    return this.#thread.run(() => this.#fetch());
  }
  async #refresh(): Promise<void> {
    const id = this.conversationId;
    // A failed look is followed by the next one.
    const thread = await this.#fetch().catch(() => null);
    if (thread && id === this.conversationId) this.#thread.set(thread);
  }
  async #change(work: () => Promise<unknown>): Promise<void> {
    this.isBusy = true;
    try {
      await work();
      await this.#refresh();
    } catch (err) {
      toast(errorWords(err));
    }
    this.isBusy = false;
  }
  async #send(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const content = textOf(form, "content");
    if (!content || this.isBusy) return;
    await this.#change(async () => {
      await sendMessage(this.conversationId, content, crypto.randomUUID());
      form.reset();
    });
  }
  override updated(): void {
    const seq = this.#thread.value?.messages.at(-1)?.seq ?? 0;
    if (seq === this.#lastSeq) return;
    this.#lastSeq = seq;
    const log = this.querySelector(".thread-log");
    log?.scrollTo({ top: log.scrollHeight });
  }

  override render(): TemplateResult {
    const { status, value, error } = this.#thread;
    if (status === "error") return errorState(error, () => void this.#load());
    if (!value) return skeleton(4, "Loading the conversation");
    const { conversation, messages } = value;
    const isMine = conversation.owner === "operator";
    return html`<section class="card thread" aria-label="Conversation">
      <header class="thread-head">
        <a class="button is-quiet is-icon thread-back" href="/admin/conversations" aria-label="All conversations"
          >${icon("back")}</a
        >
        <p>${conversation.status === "closed" ? "Closed" : isMine ? "A person answers" : "The assistant answers"}</p>
        ${
          conversation.status === "closed"
            ? nothing
            : isMine
              ? html`<button
                  type="button"
                  class="button"
                  ?disabled=${this.isBusy}
                  @click=${() => this.#change(() => handBack(conversation.id))}
                >
                  Hand back
                </button>`
              : html`<button
                  type="button"
                  class="button is-primary"
                  ?disabled=${this.isBusy}
                  @click=${() => this.#change(() => takeOver(conversation.id))}
                >
                  Take over
                </button>`
        }
      </header>
      ${visitorLine(conversation)}
      <div class="thread-log" role="log" aria-label="Messages" tabindex="0">
        ${messages.length === 0 ? html`<p class="sandbox-hint">Nothing was written yet.</p>` : nothing}
        ${repeat(
          messages,
          (message) => message.id,
          (message) => this.#message(message),
        )}
      </div>
      ${
        isMine && conversation.status === "open"
          ? html`<form class="sandbox-form" @submit=${this.#send}>
              <label class="visually-hidden" for="operator-message">Message to the visitor</label>
              <input
                id="operator-message"
                name="content"
                maxlength="4000"
                autocomplete="off"
                dir="auto"
                placeholder="Write to the visitor"
              />
              <button class="button is-primary is-icon" aria-label="Send" ?disabled=${this.isBusy}>${icon("send")}</button>
            </form>`
          : nothing
      }
    </section>`;
  }
  #message(message: TracedMessage): TemplateResult {
    if (message.role === "system") return html`<p class="system-line" dir="auto">${message.content}</p>`;
    const who = message.sender.name ?? (message.role === "visitor" ? "Visitor" : "Assistant");
    const content =
      message.content || (message.status === "failed" ? "The reply failed." : message.status === "streaming" ? "…" : "");
    return html`<div
        class="bubble is-${message.role === "visitor" ? "assistant" : "visitor"}"
        dir="auto"
        title=${fullTime(message.created_at)}
      >
        <span class="bubble-who">${who}</span>
        <span class="bubble-text">${content}</span>
        ${message.status === "cancelled" ? html`<em>(stopped)</em>` : nothing}
      </div>
      ${message.feedback ? ratingMark(message.feedback) : nothing} ${message.trace ? traceView(message.trace) : nothing}`;
  }
}
function ratingMark(rating: NonNullable<TracedMessage["feedback"]>): TemplateResult {
  const words = rating === "up" ? "The visitor found this helpful." : "The visitor found this not helpful.";
  return html`<p class="rating is-${rating}" title=${words}>${icon(rating)}<span class="visually-hidden">${words}</span></p>`;
}
customElements.define("conversation-thread", ConversationThread);
