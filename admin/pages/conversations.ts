import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { listAgents } from "../api.ts";
import { t } from "../i18n/i18n.ts";
import { Inbox, VIEWS, type InboxFilter, type InboxView } from "../live/inbox.ts";
import { startLive } from "../live/live.ts";
import { Following } from "../live/store.ts";
import { Thread } from "../live/thread.ts";
import "../parts/conversation-details.ts";
import "../parts/conversation-list.ts";
import "../parts/conversation-thread.ts";
import { LightElement } from "../parts/light-element.ts";
import "../parts/shortcuts-dialog.ts";
import { emptyState } from "../parts/states.ts";
import { setTitle } from "../parts/title.ts";
import { query } from "../request.ts";
import { navigate } from "../router.ts";

/** An address's search, as far as it is a filter of the inbox. */
function inboxFilter(search: URLSearchParams): InboxFilter {
  const view = VIEWS.find((known) => known === search.get("view")) ?? "open";
  return { view, agent: search.get("agent") ?? "", q: (search.get("q") ?? "").slice(0, 200) };
}
const searchOf = ({ view, agent, q }: InboxFilter) => query({ view: view === "open" ? "" : view, agent, q });

/** The inbox in three panes: conversations, one of them live, who its visitor is. */
export class ConversationsPage extends LightElement {
  static override properties = {
    search: { attribute: false },
    selected: {},
    agents: { state: true },
    isAboutOpen: { state: true },
  };
  declare search: URLSearchParams;
  /** Id of the open conversation; empty: none. */
  declare selected: string;
  declare agents: readonly { id: string; name: string }[];
  /** On narrow screens the details lie over the thread. */
  declare isAboutOpen: boolean;
  #filter: InboxFilter | null = null;
  #inbox = new Inbox();
  #thread: Thread | null = null;

  constructor() {
    super();
    new Following(this, () => this.#inbox);
    this.search = new URLSearchParams();
    this.selected = "";
    this.agents = [];
    this.isAboutOpen = false;
  }
  override connectedCallback(): void {
    super.connectedCallback();
    startLive();
    this.#inbox.start();
    addEventListener("keydown", this.#onKey);
    void listAgents({ limit: 100 }).then(
      ({ data }) => (this.agents = data.map(({ id, name }) => ({ id, name }))),
      // The filter by agent is left out then; the rest works.
      () => {},
    );
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#inbox.stop();
    this.#thread?.stop();
    this.#thread = null;
    removeEventListener("keydown", this.#onKey);
  }
  override willUpdate(changed: PropertyValues): void {
    const filter = inboxFilter(this.search);
    if (JSON.stringify(filter) !== JSON.stringify(this.#filter)) {
      this.#filter = filter;
      void this.#inbox.show(filter);
    }
    if (changed.has("selected") || (this.selected && !this.#thread)) {
      this.#thread?.stop();
      this.#thread = this.selected ? new Thread(this.selected) : null;
      this.isAboutOpen = false;
      this.#thread?.start();
    }
    if (!this.#thread) setTitle(t("Conversations"));
  }

  override updated(changed: PropertyValues): void {
    const left = changed.get("selected") as string | undefined;
    if (!left || this.selected) return;
    // Once the panel has put the focus on its main part, as it does at every new address.
    requestAnimationFrame(() => {
      if (document.activeElement?.id === "main") this.querySelector<HTMLElement>(`[data-row="${CSS.escape(left)}"]`)?.focus();
    });
  }
  #go(filter: Partial<InboxFilter>): void {
    navigate(`/conversations${searchOf({ ...this.#filter!, ...filter })}`);
  }
  #open(id: string): void {
    navigate(`/conversations${id && `/${id}`}${searchOf(this.#filter!)}`);
  }
  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || document.querySelector("dialog[open]")) return;
    const target = event.target as HTMLElement;
    const isWriting = target.matches("input, textarea, select, [contenteditable]");
    if (event.key === "Escape") {
      if (event.defaultPrevented) return;
      if (isWriting) target.blur();
      else if (this.isAboutOpen) this.isAboutOpen = false;
      else if (this.selected) this.#open("");
      return;
    }
    if (isWriting) return;
    const act = this.#keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  readonly #keys: Readonly<Record<string, () => void>> = {
    j: () => this.#step(1),
    k: () => this.#step(-1),
    "/": () => this.querySelector<HTMLElement>("conversation-list input[type=search]")?.focus(),
    r: () => this.querySelector<HTMLElement>("conversation-thread textarea")?.focus(),
    t: () => this.querySelector("conversation-thread")?.takeOver(),
    "?": () => this.querySelector("shortcuts-dialog")?.open(),
  };
  #step(by: number): void {
    const rows = this.#inbox.rows ?? [];
    const at = rows.findIndex(({ id }) => id === this.selected);
    const next = at < 0 ? rows[0] : rows[at + by];
    if (!next) return;
    this.#open(next.id);
    void this.updateComplete.then(() => this.querySelector(`[data-row="${next.id}"]`)?.scrollIntoView({ block: "nearest" }));
  }

  override render(): TemplateResult {
    const thread = this.#thread;
    return html`<h1 class="visually-hidden">${t("Conversations")}</h1>
      <div class="desk ${thread ? "has-thread" : ""} ${this.isAboutOpen ? "has-about" : ""}">
        <conversation-list
          .inbox=${this.#inbox}
          .filter=${this.#filter}
          .agents=${this.agents}
          selected=${this.selected}
          .hrefOf=${(id: string) => `/admin/conversations/${id}${searchOf(this.#filter!)}`}
          .viewHref=${(view: InboxView) => `/admin/conversations${searchOf({ ...this.#filter!, view })}`}
          @filter-changed=${(event: CustomEvent<Partial<InboxFilter>>) => this.#go(event.detail)}
          @shortcuts-wanted=${() => this.querySelector("shortcuts-dialog")?.open()}
        ></conversation-list>
        ${
          thread
            ? html`<conversation-thread
                  .thread=${thread}
                  back=${`/admin/conversations${searchOf(this.#filter!)}`}
                  @about-wanted=${() => (this.isAboutOpen = !this.isAboutOpen)}
                ></conversation-thread>
                <conversation-details
                  .thread=${thread}
                  .agents=${this.agents}
                  @about-closed=${() => (this.isAboutOpen = false)}
                  @visitor-erased=${() => this.#open("")}
                ></conversation-details>`
            : html`<div class="desk-empty">
                ${this.#inbox.rows?.length ? emptyState(t("Choose a conversation"), t("Press ? for what the keys do.")) : nothing}
              </div>`
        }
      </div>
      <shortcuts-dialog></shortcuts-dialog>`;
  }
}
customElements.define("conversations-page", ConversationsPage);
declare global {
  interface HTMLElementTagNameMap {
    "conversations-page": ConversationsPage;
  }
}
