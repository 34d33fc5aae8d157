import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { Agent, AgentUsage } from "../../protocol/resources.ts";
import { getAgent, getUsage } from "../api.ts";
import { t } from "../i18n/i18n.ts";
import { limitReached } from "../parts/day-limits.ts";
import { icon } from "../parts/icons.ts";
import { LightElement } from "../parts/light-element.ts";
import { Loader } from "../parts/loader.ts";
import { errorState, skeleton, statusPill } from "../parts/states.ts";
import { setTitle } from "../parts/title.ts";
import { canEdit } from "../session.ts";
import "./agent-appearance.ts";
import "./agent-publish.ts";
import "./agent-routing.ts";
import "./agent-settings.ts";
import "./agent-sub-agents.ts";

type Tab = "settings" | "appearance" | "sub-agents" | "routing" | "publish";
const tabNames = (): Record<Tab, string> => ({
  settings: t("Settings"),
  appearance: t("Appearance"),
  "sub-agents": t("Sub-agents"),
  routing: t("Routing"),
  publish: t("Publish"),
});

/** One agent: its name and state, and a tab for each side of it. Tabs tell of changes by `agent-change`. */
export class AgentPage extends LightElement {
  static override properties = { agentId: { attribute: "agent-id" }, tab: {} };
  declare agentId: string;
  declare tab: Tab;
  #agent = new Loader<Agent>(this);
  #usage = new Loader<AgentUsage>(this);
  #tabInView: Element | null = null;

  override willUpdate(changed: PropertyValues): void {
    if (changed.has("agentId")) {
      this.#agent.value = null;
      this.#usage.value = null;
      void this.#load();
      void this.#loadUsage();
    }
    setTitle(tabNames()[this.tab], this.#agent.value?.name ?? "");
  }
  #load(): Promise<void> {
    return this.#agent.run(() => getAgent(this.agentId));
  }
  /** Without it the page is as useful. */
  #loadUsage(): Promise<void> {
    return this.#usage.run(() => getUsage(this.agentId));
  }
  #take(agent: Agent): void {
    this.#agent.set(agent);
    // Its limits may be others now.
    void this.#loadUsage();
  }
  #path(tab: string): string {
    return `/admin/agents/${this.agentId}${tab === "settings" ? "" : `/${tab}`}`;
  }

  /** On a phone the tabs are a strip that scrolls; it stays where somebody moved it until another tab is opened. */
  protected override updated(): void {
    const tab = this.querySelector(".tabs [aria-current]");
    if (tab === this.#tabInView) return;
    this.#tabInView = tab;
    const strip = tab?.parentElement;
    if (tab && strip) strip.scrollBy(middleOf(tab) - middleOf(strip), 0);
  }
  override render(): TemplateResult {
    const { status, value: agent, error } = this.#agent;
    if (status === "error") {
      return html`<h1 class="visually-hidden">${t("Agent")}</h1>
        ${errorState(error, () => void this.#load())}
        <p class="center"><a href="/admin/agents">${t("All agents")}</a></p>`;
    }
    if (!agent)
      return html`<h1 class="visually-hidden">${t("Agent")}</h1>
        ${skeleton(4, t("Loading the agent"))}`;
    return html`<nav class="crumbs" aria-label=${t("Breadcrumb")}><a href="/admin/agents">${t("Agents")}</a></nav>
      <header class="page-head">
        <div class="title-line">
          <h1 dir="auto">${agent.name}</h1>
          ${statusPill(agent.status)}
        </div>
        ${
          agent.status === "active" && agent.public_url
            ? html`<a class="button" href=${agent.public_url} target="_blank" rel="noopener"
                >${icon("open")}<span>${t("Open its page")}</span></a
              >`
            : canEdit() && agent.status === "draft"
              ? html`<a class="button is-primary" href="/admin/agents/${agent.id}/wizard">${t("Finish set-up")}</a>`
              : nothing
        }
      </header>
      ${this.#usage.value ? limitReached(agent.id, this.#usage.value) : nothing}
      <nav class="tabs" aria-label=${t("Agent")}>
        ${Object.entries(tabNames()).map(
          ([tab, label]) => html`<a href=${this.#path(tab)} aria-current=${tab === this.tab ? "page" : nothing}>${label}</a>`,
        )}
      </nav>
      <div @agent-change=${(event: CustomEvent<Agent>) => this.#take(event.detail)}>${this.#tab(agent)}</div>`;
  }
  #tab(agent: Agent): TemplateResult {
    switch (this.tab) {
      case "publish":
        return html`<agent-publish .agent=${agent}></agent-publish>`;
      case "appearance":
        return html`<agent-appearance .agent=${agent}></agent-appearance>`;
      case "routing":
        return html`<agent-routing agent-id=${agent.id} .name=${agent.name}></agent-routing>`;
      case "sub-agents":
        return html`<agent-sub-agents agent-id=${agent.id}></agent-sub-agents>`;
      default:
        return html`<agent-settings .agent=${agent} .usage=${this.#usage.value}></agent-settings>`;
    }
  }
}
function middleOf(element: Element): number {
  const { left, width } = element.getBoundingClientRect();
  return left + width / 2;
}
customElements.define("agent-page", AgentPage);
