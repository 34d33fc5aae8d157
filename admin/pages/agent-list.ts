import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { initials } from "../../protocol/colors.ts";
import { AGENT_STATUSES } from "../../protocol/codes.ts";
import type { AgentListItem } from "../../protocol/resources.ts";
import { AGENT_SORTS, duplicateAgent, listAgents, publishAgent, type AgentSort } from "../api.ts";
import { plural, t } from "../i18n/i18n.ts";
import { askAndDelete, askAndPause } from "../parts/change-agent.ts";
import { icon } from "../parts/icons.ts";
import { LightElement } from "../parts/light-element.ts";
import { PagedLoader, pagedList } from "../parts/paged-loader.ts";
import { emptyState, statusPill } from "../parts/states.ts";
import { setTitle } from "../parts/title.ts";
import { toast } from "../parts/toast.ts";
import { agentPath, channelName, fullTime, timeAgo } from "../parts/words.ts";
import { errorWords, query } from "../request.ts";
import { navigate } from "../router.ts";
import { canEdit } from "../session.ts";

const TYPING_PAUSE_MS = 250;
const NAME_CHARS_MAX = 120;

/** All agents one may see, found by words and status. Filters and order live in the address. */
export class AgentListPage extends LightElement {
  static override properties = { q: {}, status: {}, sort: {} };
  declare q: string;
  declare status: string;
  declare sort: string;
  #agents = new PagedLoader<AgentListItem>(this);
  #timer = 0;

  constructor() {
    super();
    this.q = "";
    this.status = "";
    this.sort = "";
  }
  override willUpdate(changed: PropertyValues): void {
    if (changed.has("q") || changed.has("status") || changed.has("sort")) void this.#load();
  }
  override connectedCallback(): void {
    super.connectedCallback();
    setTitle(t("Agents"));
  }
  get #filter() {
    const status = AGENT_STATUSES.find((known) => known === this.status) ?? null;
    const sort = AGENT_SORTS.find((known) => known === this.sort) ?? null;
    return { q: this.q, status, sort, limit: 20 };
  }
  #load(): Promise<void> {
    return this.#agents.run((signal) => listAgents(this.#filter, signal));
  }
  #search(event: InputEvent): void {
    const q = (event.target as HTMLInputElement).value;
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#go({ q: q.trim() }), TYPING_PAUSE_MS);
  }
  #go(change: { q?: string; sort?: string }): void {
    navigate(`/agents${query({ q: this.q, status: this.status, sort: this.sort, ...change })}`, { replace: true });
  }

  /** Runs what a row's menu asked for; `done` is told when something has changed. */
  async #act(work: () => Promise<unknown>, done: string): Promise<void> {
    try {
      if (!(await work())) return;
      toast(done);
      await this.#load();
    } catch (err) {
      toast(errorWords(err));
    }
  }
  async #duplicate(agent: AgentListItem): Promise<void> {
    try {
      const name = [...t("Copy of {name}", { name: agent.name })]
        .slice(0, NAME_CHARS_MAX)
        .join("")
        .slice(0, NAME_CHARS_MAX)
        .toWellFormed();
      const copy = await duplicateAgent(agent.id, name);
      navigate(`/agents/${copy.id}`);
      toast(t("This is the copy. It is a draft until you publish it."));
    } catch (err) {
      toast(errorWords(err));
    }
  }

  override render(): TemplateResult {
    const isFiltered = this.q !== "" || this.status !== "";
    const isFirstRun = !isFiltered && this.#agents.status === "ready" && this.#agents.value?.data.length === 0;
    return html`<header class="page-head">
        <h1>${t("Agents")}</h1>
        ${canEdit() && !isFirstRun ? html`<a class="button is-primary" href="/admin/agents/new">${icon("plus")}<span>${t("New agent")}</span></a>` : nothing}
      </header>
      ${isFirstRun ? nothing : this.#toolbar()} ${this.#body(isFiltered)}`;
  }
  #toolbar(): TemplateResult {
    const filters = { "": t("All"), active: t("Live"), draft: t("Drafts"), inactive: t("Paused") };
    const sorts: Record<AgentSort, string> = {
      created: t("Newest first"),
      name: t("Name"),
      last_activity: t("Last activity"),
      visits: t("Most visits"),
    };
    return html`<div class="toolbar">
      <div class="search">
        ${icon("search")}
        <input
          type="search"
          aria-label=${t("Search agents")}
          placeholder=${t("Search by name or description")}
          maxlength="200"
          .defaultValue=${this.q}
          @input=${this.#search}
        />
      </div>
      <nav class="segments" aria-label=${t("Status")}>
        ${Object.entries(filters).map(
          ([status, label]) =>
            html`<a
              href="/admin/agents${query({ q: this.q, status, sort: this.sort })}"
              aria-current=${status === this.status ? "true" : nothing}
              >${label}</a
            >`,
        )}
      </nav>
      <select
        class="sort"
        aria-label=${t("Sort by")}
        @change=${(event: Event) => {
          const { value } = event.target as HTMLSelectElement;
          this.#go({ sort: value === "created" ? "" : value });
        }}
      >
        ${AGENT_SORTS.map((sort) => html`<option value=${sort} ?selected=${sort === (this.sort || "created")}>${sorts[sort]}</option>`)}
      </select>
    </div>`;
  }
  #body(isFiltered: boolean): TemplateResult {
    return pagedList(this.#agents, {
      label: t("Agents"),
      loading: t("Loading agents"),
      skeletonRows: 5,
      reload: () => void this.#load(),
      more: (cursor) => listAgents({ ...this.#filter, cursor }),
      empty: () => this.#nothing(isFiltered),
      row: (agent) => this.#row(agent),
    });
  }
  #nothing(isFiltered: boolean): TemplateResult {
    if (isFiltered) {
      return emptyState(
        t("No agent matches"),
        t("Try other words, or look at all of them."),
        html`<a class="button" href="/admin/agents">${t("Show all agents")}</a>`,
      );
    }
    return canEdit()
      ? emptyState(
          t("Create your first agent"),
          t(
            "Four short steps: who it is, how it speaks, what it asks for, where it works. Then it gets its own page and QR code.",
          ),
          html`<a class="button is-primary" href="/admin/agents/new">${icon("plus")}<span>${t("Create an agent")}</span></a>`,
        )
      : emptyState(t("No agents yet"), t("As soon as an administrator creates one for your company, it appears here."));
  }
  #row(agent: AgentListItem): TemplateResult {
    return html`<li class="row">
      <span class="avatar" aria-hidden="true">${initials(agent.name)}</span>
      <div class="row-main">
        <a class="row-title" href=${agentPath(agent)} dir="auto">${agent.name}</a>
        <p class="row-text">
          <bdi>${agent.description || (agent.status === "draft" ? t("Set-up is not finished yet.") : t("No description."))}</bdi>
        </p>
      </div>
      <div class="row-meta">
        ${statusPill(agent.status)}
        <span>${channelName(agent.channel)}</span>
        <span>${plural(agent.access_count, "{count} visit", "{count} visits")}</span>
        ${
          agent.last_activity_at
            ? html`<time
                datetime=${agent.last_activity_at}
                title=${t("Last message {time}", { time: fullTime(agent.last_activity_at) })}
              >
                <span class="visually-hidden">${t("Last activity")} </span>${timeAgo(agent.last_activity_at)}
              </time>`
            : html`<span class="is-last">${t("No conversations yet")}</span>`
        }
      </div>
      ${canEdit() ? this.#menu(agent) : nothing}
    </li>`;
  }
  #menu(agent: AgentListItem): TemplateResult {
    const id = `menu-${agent.id}`;
    const item = (label: string, run: () => unknown, more = "") =>
      html`<button
        type="button"
        class="menu-item ${more}"
        popovertarget=${id}
        popovertargetaction="hide"
        @click=${() => void run()}
      >
        ${label}
      </button>`;
    const { name } = agent;
    return html`<button
        type="button"
        class="button is-quiet is-icon row-more"
        aria-label=${t("More for {name}", { name })}
        popovertarget=${id}
      >
        ${icon("more")}
      </button>
      <div id=${id} class="menu row-menu" popover>
        ${item(t("Duplicate"), () => this.#duplicate(agent))}
        ${agent.status === "active" ? item(t("Pause"), () => this.#act(() => askAndPause(agent), t("“{name}” is paused.", { name }))) : nothing}
        ${agent.status === "inactive" ? item(t("Resume"), () => this.#act(() => publishAgent(agent.id), t("“{name}” is live.", { name }))) : nothing}
        ${item(t("Delete"), () => this.#act(() => askAndDelete(agent), t("“{name}” was deleted.", { name })), "is-danger")}
      </div>`;
  }
}
customElements.define("agent-list-page", AgentListPage);
