import { html, nothing, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import { repeat } from "lit/directives/repeat.js";
import type { InboxConversation } from "../../protocol/resources.ts";
import { plural, t } from "../i18n/i18n.ts";
import { isAttentive, setAttentive } from "../live/attention.ts";
import { countsOf } from "../live/counts.ts";
import { VIEWS, type Inbox, type InboxFilter, type InboxView } from "../live/inbox.ts";
import { Following } from "../live/store.ts";
import { account } from "../session.ts";
import { icon } from "./icons.ts";
import { LightElement } from "./light-element.ts";
import { emptyState, errorState, skeleton } from "./states.ts";
import { toast } from "./toast.ts";
import { fullTime, timeAgo } from "./words.ts";

const SEARCH_PAUSE_MS = 300;
const SEARCH_CHARS_MIN = 2;

/**
 * Which conversations there are: views, search, agent, and rows that come by themselves.
 *
 * @fires filter-changed - detail: what of the filter is new
 * @fires shortcuts-wanted
 */
export class ConversationList extends LightElement {
  static override properties = {
    inbox: { attribute: false },
    filter: { attribute: false },
    agents: { attribute: false },
    selected: {},
    hrefOf: { attribute: false },
    viewHref: { attribute: false },
  };
  declare inbox: Inbox;
  declare filter: InboxFilter;
  declare agents: readonly { id: string; name: string }[];
  declare selected: string;
  declare hrefOf: (id: string) => string;
  declare viewHref: (view: InboxView) => string;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #end: IntersectionObserver | null = null;

  constructor() {
    super();
    new Following(this, () => this.inbox);
    new Following(this, () => countsOf(this.filter.agent));
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
    this.#end?.disconnect();
  }
  override updated(): void {
    this.#end ??= new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && void this.inbox.loadMore(),
      { root: this.querySelector(".desk-rows"), rootMargin: "400px" },
    );
    this.#end.disconnect();
    const end = this.querySelector(".desk-end");
    if (end) this.#end.observe(end);
  }

  #change(filter: Partial<InboxFilter>): void {
    this.dispatchEvent(new CustomEvent("filter-changed", { detail: filter }));
  }
  #onSearch(event: Event): void {
    const q = (event.currentTarget as HTMLInputElement).value.trim();
    clearTimeout(this.#timer);
    if (q !== "" && q.length < SEARCH_CHARS_MIN) return;
    this.#timer = setTimeout(() => q !== this.filter.q && this.#change({ q }), SEARCH_PAUSE_MS);
  }
  async #onNotify(): Promise<void> {
    const isOn = !isAttentive();
    const words = await setAttentive(isOn);
    toast(words ?? (isOn ? t("You are called when a conversation waits for a person.") : t("You are not called any more.")));
    this.requestUpdate();
  }

  override render(): TemplateResult {
    const { filter, agents } = this;
    return html`<section class="desk-list card" aria-label=${t("Conversations")}>
      <div class="desk-tools">
        <label class="search">
          <span class="visually-hidden">${t("Search in messages")}</span>
          ${icon("search")}
          <input
            type="search"
            maxlength="200"
            placeholder=${t("Search in messages")}
            .value=${filter.q}
            @input=${this.#onSearch}
          />
        </label>
        <div class="desk-filters">
          ${
            agents.length > 1
              ? html`<select
                  aria-label=${t("Agent")}
                  @change=${(event: Event) => this.#change({ agent: (event.currentTarget as HTMLSelectElement).value })}
                >
                  <option value="">${t("All agents")}</option>
                  ${agents.map(({ id, name }) => html`<option value=${id} ?selected=${id === filter.agent}>${name}</option>`)}
                </select>`
              : nothing
          }
          <button
            type="button"
            class="button is-quiet is-icon"
            aria-pressed=${isAttentive()}
            aria-label=${t("Call me when a conversation waits for a person")}
            title=${t("Call me when a conversation waits for a person")}
            @click=${this.#onNotify}
          >
            ${icon(isAttentive() ? "bell" : "bell_off")}
          </button>
          <button
            type="button"
            class="button is-quiet is-icon"
            aria-label=${t("What the keys do")}
            title=${t("What the keys do")}
            @click=${() => this.dispatchEvent(new CustomEvent("shortcuts-wanted"))}
          >
            ${icon("keyboard")}
          </button>
        </div>
        <nav class="segments" aria-label=${t("View")}>${VIEWS.map((view) => this.#view(view))}</nav>
      </div>
      <div class="desk-rows" tabindex="-1">${this.#rows()}</div>
    </section>`;
  }
  #view(view: InboxView): TemplateResult {
    const words = { open: t("Open"), waiting: t("Waiting"), mine: t("Mine"), closed: t("Closed") };
    const counts = countsOf(this.filter.agent).value;
    const count = counts && view !== "closed" ? counts[view] : 0;
    return html`<a href=${this.viewHref(view)} aria-current=${view === this.filter.view ? "true" : nothing}
      >${words[view]}${count ? html` <span class="count">${count > 99 ? "99+" : count}</span>` : nothing}</a
    >`;
  }
  #rows(): TemplateResult {
    const { rows, error, hasMore, isLoading } = this.inbox;
    if (error) return errorState(error, () => void this.inbox.retry());
    if (!rows) return skeleton(6, t("Loading conversations"));
    if (rows.length === 0) return this.#empty();
    // "2 minutes ago" is another one then.
    const minute = Math.floor(Date.now() / 60_000);
    return html`<ul aria-label=${t("Conversations")}>
        ${repeat(
          rows,
          ({ id }) => id,
          (row) => html`<li>${guard([row, row.id === this.selected, minute], () => this.#row(row))}</li>`,
        )}
      </ul>
      ${hasMore ? html`<div class="desk-end">${isLoading ? skeleton(1, t("Loading more")) : nothing}</div>` : nothing}`;
  }
  #empty(): TemplateResult {
    const { view, q, agent } = this.filter;
    if (q) return emptyState(t("Nothing found"), t("No message has all of these words."));
    if (view === "waiting") return emptyState(t("Nobody waits"), t("Conversations that need a person appear here."));
    if (view === "mine") return emptyState(t("None is yours"), t("Take over a conversation to answer it yourself."));
    if (view === "closed") return emptyState(t("Nothing was closed"), t("Conversations that you close appear here."));
    if (agent) return emptyState(t("No open conversations"), t("Nobody has written to this agent yet."));
    return emptyState(
      t("No conversations yet"),
      t("They appear here when a visitor writes to one of your agents."),
      html`<a class="button" href="/admin/agents">${t("Go to your agents")}</a>`,
    );
  }
  #row(row: InboxConversation): TemplateResult {
    const time = row.last_message_at ?? row.created_at;
    const isSelected = row.id === this.selected;
    const isOpened = isSelected && document.visibilityState === "visible";
    return html`<a
      class="desk-row ${row.unread_count > 0 && !isOpened ? "is-unread" : ""}"
      href=${this.hrefOf(row.id)}
      data-row=${row.id}
      aria-current=${isSelected ? "true" : nothing}
    >
      <span class="desk-row-head">
        <bdi class="desk-row-name">${row.visitor?.name ?? row.visitor?.email ?? t("Visitor")}</bdi>
        <time datetime=${time} title=${fullTime(time)}>${timeAgo(time)}</time>
      </span>
      <span class="desk-row-text" dir="auto">${plain(row.last_message_preview)}</span>
      <span class="desk-row-foot">
        ${row.waiting ? html`<span class="pill is-warn">${t("Waiting")}</span>` : nothing}
        <span class="muted">${this.#who(row)}</span>
        ${
          row.unread_count > 0 && !isOpened
            ? html`<span class="badge" aria-hidden="true">${row.unread_count > 99 ? "99+" : row.unread_count}</span
                ><span class="visually-hidden">${plural(row.unread_count, "{count} unread", "{count} unread")}</span>`
            : nothing
        }
      </span>
    </a>`;
  }
  #who(row: InboxConversation): string {
    if (row.status === "closed") return t("Closed");
    if (row.owner === "assistant") return t("Assistant");
    return row.owner_id === account().id ? t("You") : (row.owner_name ?? t("A person"));
  }
}
/** A line of Markdown without its signs. */
const plain = (text: string | null): string =>
  (text ?? "").replace(/\*\*|__|`|^#+ |^> /g, "").replace(/(?<!\w)([*_])(?=\S)([^*_]+)\1(?!\w)/g, "$2");

customElements.define("conversation-list", ConversationList);
