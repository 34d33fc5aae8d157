import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { agentTag } from "../../protocol/embed-recipes.ts";
import type { Agent } from "../../protocol/resources.ts";
import { publishAgent } from "../api.ts";
import { t } from "../i18n/i18n.ts";
import { announceAgent } from "../parts/agent-change.ts";
import "../parts/agent-installs.ts";
import "../parts/allowed-websites.ts";
import { askAndPause } from "../parts/change-agent.ts";
import "../parts/copy-button.ts";
import "../parts/embed-recipes.ts";
import { icon } from "../parts/icons.ts";
import "../parts/identity-secret.ts";
import { LightElement } from "../parts/light-element.ts";
import { missingStepsView } from "../parts/missing-steps.ts";
import "../parts/qr-image.ts";
import { toast } from "../parts/toast.ts";
import { ApiError, errorWords } from "../request.ts";
import { canEdit } from "../session.ts";

/** Where an agent can be met: its address, its QR code, the tag for other pages. */
export class AgentPublish extends LightElement {
  static override properties = {
    agent: { attribute: false },
    isBusy: { state: true },
    error: { state: true },
    missing: { state: true },
  };
  declare agent: Agent;
  declare isBusy: boolean;
  declare error: string;
  declare missing: number[];

  constructor() {
    super();
    this.isBusy = false;
    this.error = "";
    this.missing = [];
  }
  async #change(work: () => Promise<Agent | null>, done: string): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    this.error = "";
    this.missing = [];
    try {
      const agent = await work();
      if (agent) {
        announceAgent(this, agent);
        toast(done);
      }
    } catch (err) {
      this.missing = err instanceof ApiError ? err.missingSteps : [];
      this.error = this.missing.length > 0 ? "" : errorWords(err);
    }
    this.isBusy = false;
  }
  #publish(): Promise<void> {
    return this.#change(async () => (await publishAgent(this.agent.id)).agent, t("It is live."));
  }
  #pause(): Promise<void> {
    return this.#change(() => askAndPause(this.agent), t("It is paused."));
  }

  /** The pressed button went away with what it changed. */
  override updated(changed: PropertyValues<this>): void {
    const before = changed.get("agent");
    if (before && before.status !== this.agent.status && document.activeElement === document.body)
      this.querySelector("h2")?.focus({ preventScroll: true });
  }
  override render(): TemplateResult {
    const { agent } = this;
    return agent.status === "active" && agent.public_url ? this.#live(agent, agent.public_url) : this.#resting(agent);
  }
  #resting(agent: Agent): TemplateResult {
    const isDraft = agent.status === "draft";
    const busy = this.isBusy ? "true" : nothing;
    return html`<div class="publish-column">
      <section class="card form" aria-labelledby="publish-title">
        <h2 id="publish-title" tabindex="-1">${isDraft ? t("Not published yet") : t("Paused")}</h2>
        <p class="muted">
          ${
            isDraft
              ? t("Publishing gives it a page of its own, a QR code and a tag for your website.")
              : t("Visitors are told that it is paused. Its address and its QR code stay the same when you publish it again.")
          }
        </p>
        ${this.missing.length > 0 ? missingStepsView(agent.id, this.missing) : nothing}
        <p class="form-error" role="alert" ?hidden=${!this.error}>${this.error}</p>
        ${
          canEdit()
            ? html`<div class="form-actions">
                <button type="button" class="button is-primary" aria-busy=${busy} @click=${this.#publish}>
                  ${this.isBusy ? t("Publishing…") : isDraft ? t("Publish") : t("Publish again")}
                </button>
              </div>`
            : nothing
        }
      </section>
      ${this.#onWebsites(agent)}
    </div>`;
  }
  #onWebsites(agent: Agent): TemplateResult {
    return html`<allowed-websites .agent=${agent}></allowed-websites>
      ${canEdit() ? html`<identity-secret .agent=${agent}></identity-secret>` : nothing}`;
  }
  #live(agent: Agent, url: string): TemplateResult {
    const busy = this.isBusy ? "true" : nothing;
    const { origin } = new URL(url);
    const snippet = agentTag({ origin, agent: agent.slug }, agent.config["appearance"]);
    return html`<div class="publish">
      <p class="form-error" role="alert" ?hidden=${!this.error}>${this.error}</p>
      <div class="publish-column">
        <section class="card form" aria-labelledby="url-title">
          <h2 id="url-title" tabindex="-1">${t("Its page")}</h2>
          <p class="muted">${t("Send it to anybody; it works on phones and computers without an account.")}</p>
          <div class="copy-line">
            <code tabindex="0" aria-label=${t("Public address")}>${url}</code>
            <copy-button .text=${url} .label=${t("Copy link")}></copy-button>
            <a class="button" href=${url} target="_blank" rel="noopener">${icon("open")}<span>${t("Open its page")}</span></a>
          </div>
        </section>
        <section class="card form" aria-labelledby="embed-title">
          <h2 id="embed-title">${t("On your website")}</h2>
          <p class="muted">
            ${t("Paste this line before {end} on every page that should show the chat button.", { end: "</body>" })}
          </p>
          <div class="copy-line">
            <code tabindex="0" aria-label=${t("Embed tag")}>${snippet}</code>
            <copy-button .text=${snippet} .label=${t("Copy tag")}></copy-button>
          </div>
          <embed-recipes .agent=${agent} .origin=${origin}></embed-recipes>
        </section>
        <agent-installs agent-id=${agent.id}></agent-installs>
      </div>
      <div class="publish-column">
        <section class="card form" aria-labelledby="qr-title">
          <h2 id="qr-title">${t("QR code")}</h2>
          <p class="muted">${t("For counters, menus, business cards: a camera opens the page.")}</p>
          <qr-image agent-id=${agent.id} .name=${agent.name} .slug=${agent.slug} .url=${url}></qr-image>
        </section>
        ${this.#onWebsites(agent)}
        ${
          canEdit()
            ? html`<section class="card form danger-zone" aria-labelledby="unpublish-title">
                <div>
                  <h2 id="unpublish-title">${t("Take a break")}</h2>
                  <p class="muted">${t("Visitors read that it is paused. Nothing is lost.")}</p>
                </div>
                <button type="button" class="button" aria-busy=${busy} @click=${this.#pause}>${t("Pause")}</button>
              </section>`
            : nothing
        }
      </div>
    </div>`;
  }
}
customElements.define("agent-publish", AgentPublish);
