import { html, nothing, type TemplateResult } from "lit";
import type { Agent } from "../../protocol/resources.ts";
import { publishAgent, unpublishAgent } from "../api.ts";
import { announceAgent } from "../parts/agent-change.ts";
import "../parts/allowed-websites.ts";
import { confirmAction } from "../parts/confirm.ts";
import "../parts/copy-button.ts";
import { icon } from "../parts/icons.ts";
import "../parts/identity-secret.ts";
import { LightElement } from "../parts/light-element.ts";
import { missingStepsView } from "../parts/missing-steps.ts";
import "../parts/qr-image.ts";
import { toast } from "../parts/toast.ts";
import { ApiError, errorWords } from "../request.ts";
import { canEdit } from "../session.ts";

/** The tag that puts an agent on any page. */
export function embedSnippet(agent: Pick<Agent, "slug" | "public_url">): string {
  const origin = agent.public_url ? new URL(agent.public_url).origin : location.origin;
  return `<script src="${origin}/widget/v1.js" data-agent="${agent.slug}" async></script>`;
}

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
  async #change(work: () => Promise<Agent>, done: string): Promise<void> {
    this.isBusy = true;
    this.error = "";
    this.missing = [];
    try {
      announceAgent(this, await work());
      toast(done);
    } catch (err) {
      this.missing = err instanceof ApiError ? err.missingSteps : [];
      this.error = this.missing.length > 0 ? "" : errorWords(err);
    }
    this.isBusy = false;
  }
  #publish(): Promise<void> {
    return this.#change(async () => (await publishAgent(this.agent.id)).agent, "It is live.");
  }
  async #unpublish(): Promise<void> {
    const isSure = await confirmAction({
      title: `Unpublish “${this.agent.name}”?`,
      text: "Its page, its QR code and the widget tell visitors that it is paused. You can publish it again at the same address.",
      action: "Unpublish",
      isDangerous: true,
    });
    if (isSure) await this.#change(() => unpublishAgent(this.agent.id), "It is paused.");
  }

  override render(): TemplateResult {
    const { agent } = this;
    return agent.status === "active" && agent.public_url ? this.#live(agent, agent.public_url) : this.#resting(agent);
  }
  #resting(agent: Agent): TemplateResult {
    const isDraft = agent.status === "draft";
    return html`<div class="publish-column">
      <section class="card form" aria-labelledby="publish-title">
        <h2 id="publish-title">${isDraft ? "Not published yet" : "Paused"}</h2>
        <p class="muted">
          ${
            isDraft
              ? "Publishing gives it a page of its own, a QR code and a tag for your website."
              : "Visitors are told that it is paused. Its address and its QR code stay the same when you publish it again."
          }
        </p>
        ${this.missing.length > 0 ? missingStepsView(agent.id, this.missing) : nothing}
        <p class="form-error" role="alert" ?hidden=${!this.error}>${this.error}</p>
        ${
          canEdit()
            ? html`<div class="form-actions">
                <button type="button" class="button is-primary" ?disabled=${this.isBusy} @click=${this.#publish}>
                  ${this.isBusy ? "Publishing…" : isDraft ? "Publish" : "Publish again"}
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
    const snippet = embedSnippet(agent);
    return html`<div class="publish">
      <p class="form-error" role="alert" ?hidden=${!this.error}>${this.error}</p>
      <div class="publish-column">
        <section class="card form" aria-labelledby="url-title">
          <h2 id="url-title">Its page</h2>
          <p class="muted">Send it to anybody; it works on phones and computers without an account.</p>
          <div class="copy-line">
            <code tabindex="0" aria-label="Public address">${url}</code>
            <copy-button .text=${url} label="Copy link"></copy-button>
            <a class="button" href=${url} target="_blank" rel="noopener">${icon("open")}<span>Open</span></a>
          </div>
        </section>
        <section class="card form" aria-labelledby="qr-title">
          <h2 id="qr-title">QR code</h2>
          <p class="muted">For counters, menus, business cards: a camera opens the page.</p>
          <qr-image agent-id=${agent.id} .name=${agent.name} .slug=${agent.slug}></qr-image>
        </section>
      </div>
      <div class="publish-column">
        <section class="card form" aria-labelledby="embed-title">
          <h2 id="embed-title">On your website</h2>
          <p class="muted">Paste this line before <code>&lt;/body&gt;</code> on every page that should show the chat button.</p>
          <div class="copy-line">
            <code tabindex="0" aria-label="Embed tag">${snippet}</code>
            <copy-button .text=${snippet} label="Copy tag"></copy-button>
          </div>
        </section>
        ${this.#onWebsites(agent)}
        ${
          canEdit()
            ? html`<section class="card form danger-zone" aria-labelledby="unpublish-title">
                <div>
                  <h2 id="unpublish-title">Take a break</h2>
                  <p class="muted">Visitors read that it is paused. Nothing is lost.</p>
                </div>
                <button type="button" class="button" ?disabled=${this.isBusy} @click=${this.#unpublish}>Unpublish</button>
              </section>`
            : nothing
        }
      </div>
    </div>`;
  }
}
customElements.define("agent-publish", AgentPublish);
