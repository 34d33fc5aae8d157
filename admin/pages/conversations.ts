import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { CONVERSATION_STATUSES } from "../../protocol/codes.ts";
import type { Conversation, Page } from "../../protocol/resources.ts";
import { listConversations } from "../api.ts";
import "../parts/conversation-thread.ts";
import { LightElement } from "../parts/light-element.ts";
import { Loader } from "../parts/loader.ts";
import { emptyState, errorState, skeleton } from "../parts/states.ts";
import { setTitle } from "../parts/title.ts";
import { toast } from "../parts/toast.ts";
import { fullTime, timeAgo } from "../parts/words.ts";
import { errorWords, query } from "../request.ts";

const FILTERS = { "": "All", open: "Open", closed: "Closed" } as const;

/** All conversations, the newest activity first, and the one that was opened. */
export class ConversationsPage extends LightElement {
  static override properties = { status: {}, selected: {} };
  declare status: string;
  declare selected: string;
  #conversations = new Loader<Page<Conversation>>(this);

  constructor() {
    super();
    this.status = "";
    this.selected = "";
  }
  override willUpdate(changed: PropertyValues): void {
    if (changed.has("status")) void this.#load();
    setTitle("Conversations");
  }
  #fetch(cursor: string | null = null): Promise<Page<Conversation>> {
    const status = CONVERSATION_STATUSES.find((known) => known === this.status) ?? null;
    return listConversations({ status, has_messages: "true", cursor });
  }
  #load(): Promise<void> {
    return this.#conversations.run(() => this.#fetch());
  }
  async #loadMore(): Promise<void> {
    const shown = this.#conversations.value;
    if (!shown?.next_cursor) return;
    try {
      const more = await this.#fetch(shown.next_cursor);
      if (this.#conversations.value === shown) this.#conversations.set({ ...more, data: [...shown.data, ...more.data] });
    } catch (err) {
      toast(errorWords(err));
    }
  }

  override render(): TemplateResult {
    return html`<header class="page-head"><h1>Conversations</h1></header>
      <div class="inbox ${this.selected ? "has-selected" : ""}">
        <div class="inbox-list">
          <nav class="segments" aria-label="Status">
            ${Object.entries(FILTERS).map(
              ([status, label]) =>
                html`<a href="/admin/conversations${query({ status })}" aria-current=${status === this.status ? "true" : nothing}
                  >${label}</a
                >`,
            )}
            <button type="button" class="segment" @click=${() => void this.#load()}>Refresh</button>
          </nav>
          ${this.#list()}
        </div>
        ${this.selected ? html`<conversation-thread conversation-id=${this.selected}></conversation-thread>` : nothing}
      </div>`;
  }
  #list(): TemplateResult {
    const { status, value, error } = this.#conversations;
    if (status === "error") return errorState(error, () => void this.#load());
    if (!value) return skeleton(5, "Loading conversations");
    if (value.data.length === 0) {
      return emptyState(
        "No conversations yet",
        "They appear here when a visitor writes to one of your agents.",
        html`<a class="button" href="/admin/agents">Go to your agents</a>`,
      );
    }
    return html`<ul class="card list" aria-label="Conversations">
        ${repeat(
          value.data,
          (conversation) => conversation.id,
          (conversation) => this.#row(conversation),
        )}
      </ul>
      ${
        value.next_cursor
          ? html`<button type="button" class="button is-more" @click=${this.#loadMore}>Load more</button>`
          : nothing
      }`;
  }
  #row(conversation: Conversation): TemplateResult {
    const time = conversation.last_message_at ?? conversation.created_at;
    const href = `/admin/conversations/${conversation.id}${query({ status: this.status })}`;
    return html`<li class="row">
      <div class="row-main">
        <a class="row-title is-line" href=${href} dir="auto" aria-current=${conversation.id === this.selected ? "true" : nothing}>
          ${conversation.last_message_preview}
        </a>
        <p class="row-text">
          ${conversation.status === "closed" ? "Closed" : conversation.owner === "operator" ? "A person answers" : "The assistant answers"}
          · <time datetime=${time} title=${fullTime(time)}>${timeAgo(time)}</time>
        </p>
      </div>
    </li>`;
  }
}
customElements.define("conversations-page", ConversationsPage);
