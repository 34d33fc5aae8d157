import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { Agent, AgentIdentity } from "../../protocol/resources.ts";
import { getIdentity, rotateIdentity } from "../api.ts";
import { t } from "../i18n/i18n.ts";
import { errorWords } from "../request.ts";
import { confirmAction } from "./confirm.ts";
import "./copy-button.ts";
import { LightElement } from "./light-element.ts";
import { formError } from "./states.ts";
import { toast } from "./toast.ts";
import { fullTime } from "./words.ts";

/** The secret with which a site signs who its visitors are. It is not even fetched before somebody asks to see it. */
export class IdentitySecret extends LightElement {
  static override properties = {
    agent: { attribute: false },
    identity: { state: true },
    error: { state: true },
    isBusy: { state: true },
  };
  declare agent: Pick<Agent, "id" | "name">;
  declare identity: AgentIdentity | null;
  declare error: string;
  declare isBusy: boolean;

  constructor() {
    super();
    this.identity = null;
    this.error = "";
    this.isBusy = false;
  }
  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("agent") && changed.get("agent")?.id !== this.agent.id) this.identity = null;
  }
  async #ask(work: () => Promise<AgentIdentity>): Promise<boolean> {
    this.isBusy = true;
    this.error = "";
    try {
      this.identity = await work();
      return true;
    } catch (err) {
      this.error = errorWords(err);
      return false;
    } finally {
      this.isBusy = false;
    }
  }
  #toggle(): void {
    if (this.identity) this.identity = null;
    else void this.#ask(() => getIdentity(this.agent.id));
  }
  async #rotate(): Promise<void> {
    const isSure = await confirmAction({
      title: t("New secret for “{name}”?", { name: this.agent.name }),
      text: t(
        "Your website has to sign with the new one from now on: tokens signed with the current secret are refused at once. Visitors who are known already stay known.",
      ),
      action: t("Make a new secret"),
      isDangerous: true,
    });
    if (isSure && (await this.#ask(() => rotateIdentity(this.agent.id)))) toast(t("This is the new secret."));
  }

  override render(): TemplateResult {
    const { identity } = this;
    return html`<section class="card form" aria-labelledby="identity-title">
      <h2 id="identity-title">${t("Who your visitors are")}</h2>
      <ol class="steps-list muted">
        <li>${t("Keep this secret on your server, never in a page.")}</li>
        <li>
          ${t("Sign a JWT with it (HS256) for whoever is signed in: “sub” is your own id of the person, “exp” at most 30 days ahead, “name” and “email” if you like.")}
        </li>
        <li>
          ${t("Give it to the tag as “data-user-token”: the person is verified here, and finds their conversation on every device.")}
        </li>
      </ol>
      ${formError(this.error)}
      ${
        identity
          ? html`<div class="copy-line">
              <code tabindex="0" aria-label=${t("Identity secret")} translate="no">${identity.secret}</code>
              <copy-button .text=${identity.secret} label=${t("Copy secret")}></copy-button>
              <p class="hint">${t("Made on {time}.", { time: fullTime(identity.created_at) })}</p>
            </div>`
          : nothing
      }
      <div class="form-actions">
        <button
          type="button"
          class="button"
          aria-expanded=${identity ? "true" : "false"}
          ?disabled=${this.isBusy}
          @click=${this.#toggle}
        >
          ${identity ? t("Hide secret") : t("Show secret")}
        </button>
        <button type="button" class="button is-danger" ?disabled=${this.isBusy} @click=${this.#rotate}>${t("New secret")}</button>
      </div>
    </section>`;
  }
}
customElements.define("identity-secret", IdentitySecret);
