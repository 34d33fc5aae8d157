import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { AGENT_STATUSES } from "../../protocol/codes.ts";
import type { AgentListItem, Page } from "../../protocol/resources.ts";
import { listAgents } from "../api.ts";
import { icon } from "../parts/icons.ts";
import { LightElement } from "../parts/light-element.ts";
import { Loader } from "../parts/loader.ts";
import { emptyState, errorState, skeleton, statusPill } from "../parts/states.ts";
import { setTitle } from "../parts/title.ts";
import { toast } from "../parts/toast.ts";
import { agentPath, channelName, count, fullTime, timeAgo } from "../parts/words.ts";
import { errorWords, query } from "../request.ts";
import { navigate } from "../router.ts";
import { canEdit } from "../session.ts";

const FILTERS = { "": "All", active: "Live", draft: "Drafts", inactive: "Paused" } as const;
const TYPING_PAUSE_MS = 250;

/** All agents one may see, found by words and status. The filters live in the address. */
export class AgentListPage extends LightElement {
  static override properties = { q: {}, status: {}, isLoadingMore: { state: true } };
  declare q: string;
  declare status: string;
  declare isLoadingMore: boolean;
  #agents = new Loader<Page<AgentListItem>>(this);
  #timer = 0;

  constructor() {
    super();
    this.q = "";
    this.status = "";
    this.isLoadingMore = false;
  }
  override willUpdate(changed: PropertyValues): void {
    if (changed.has("q") || changed.has("status")) void this.#load();
  }
  override connectedCallback(): void {
    super.connectedCallback();
    setTitle("Agents");
  }
  get #filter() {
    const status = AGENT_STATUSES.find((known) => known === this.status) ?? null;
    return { q: this.q, status, limit: 20 };
  }
  #load(): Promise<void> {
    return this.#agents.run((signal) => listAgents(this.#filter, signal));
  }
  async #loadMore(): Promise<void> {
    const shown = this.#agents.value;
    if (!shown?.next_cursor) return;
    this.isLoadingMore = true;
    try {
      const more = await listAgents({ ...this.#filter, cursor: shown.next_cursor });
      // Another search meanwhile: these belong to the old one.
      if (this.#agents.value === shown) this.#agents.set({ ...more, data: [...shown.data, ...more.data] });
    } catch (err) {
      toast(errorWords(err));
    }
    this.isLoadingMore = false;
  }
  #search(event: InputEvent): void {
    const q = (event.target as HTMLInputElement).value;
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(
      () => navigate(`/agents${query({ q: q.trim(), status: this.status })}`, { replace: true }),
      TYPING_PAUSE_MS,
    );
  }

  override render(): TemplateResult {
    const isFiltered = this.q !== "" || this.status !== "";
    const isFirstRun = !isFiltered && this.#agents.status === "ready" && this.#agents.value?.data.length === 0;
    return html`<header class="page-head">
        <h1>Agents</h1>
        ${canEdit() && !isFirstRun ? html`<a class="button is-primary" href="/admin/agents/new">${icon("plus")}<span>New agent</span></a>` : nothing}
      </header>
      ${
        isFirstRun
          ? nothing
          : html`<div class="toolbar">
              <div class="search">
                ${icon("search")}
                <input
                  type="search"
                  aria-label="Search agents"
                  placeholder="Search by name or description"
                  maxlength="200"
                  .defaultValue=${this.q}
                  @input=${this.#search}
                />
              </div>
              <nav class="segments" aria-label="Status">
                ${Object.entries(FILTERS).map(
                  ([status, label]) =>
                    html`<a
                      href="/admin/agents${query({ q: this.q, status })}"
                      aria-current=${status === this.status ? "true" : nothing}
                      >${label}</a
                    >`,
                )}
              </nav>
            </div>`
      }
      ${this.#body(isFiltered)}`;
  }
  #body(isFiltered: boolean): TemplateResult {
    const { status, value, error } = this.#agents;
    if (status === "error") return errorState(error, () => void this.#load());
    if (!value) return skeleton(5, "Loading agents");
    if (value.data.length === 0) {
      if (isFiltered) {
        return emptyState(
          "No agent matches",
          "Try other words, or look at all of them.",
          html`<a class="button" href="/admin/agents">Show all agents</a>`,
        );
      }
      return canEdit()
        ? emptyState(
            "Create your first agent",
            "Four short steps: who it is, how it speaks, what it asks for, where it works. Then it gets its own page and QR code.",
            html`<a class="button is-primary" href="/admin/agents/new">${icon("plus")}<span>Create an agent</span></a>`,
          )
        : emptyState("No agents yet", "As soon as an administrator creates one for your company, it appears here.");
    }
    return html`<ul class="card list" aria-busy=${status === "loading"} aria-label="Agents">
        ${repeat(
          value.data,
          (agent) => agent.id,
          (agent) => this.#row(agent),
        )}
      </ul>
      ${
        value.next_cursor
          ? html`<button type="button" class="button is-more" ?disabled=${this.isLoadingMore} @click=${this.#loadMore}>
              ${this.isLoadingMore ? "Loading…" : "Load more"}
            </button>`
          : nothing
      }`;
  }
  #row(agent: AgentListItem): TemplateResult {
    return html`<li class="row">
      <span class="avatar" aria-hidden="true">${[...agent.name][0] ?? ""}</span>
      <div class="row-main">
        <a class="row-title" href=${agentPath(agent)} dir="auto">${agent.name}</a>
        <p class="row-text">
          <bdi>${agent.description || (agent.status === "draft" ? "Set-up is not finished yet." : "No description.")}</bdi>
        </p>
      </div>
      <div class="row-meta">
        ${statusPill(agent.status)}
        <span>${channelName(agent.channel)}</span>
        <span>${count(agent.access_count, "visit", "visits")}</span>
        ${
          agent.last_activity_at
            ? html`<time datetime=${agent.last_activity_at} title="Last message ${fullTime(agent.last_activity_at)}">
                <span class="visually-hidden">Last activity </span>${timeAgo(agent.last_activity_at)}
              </time>`
            : html`<span class="is-last">No conversations yet</span>`
        }
      </div>
    </li>`;
  }
}
customElements.define("agent-list-page", AgentListPage);
