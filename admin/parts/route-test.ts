import { html, nothing, type TemplateResult } from "lit";
import type { RoutingTrace } from "../../protocol/resources.ts";
import { testRoute } from "../api.ts";
import { t } from "../i18n/i18n.ts";
import { textOf } from "./field.ts";
import { LightElement } from "./light-element.ts";
import { errorWords } from "../request.ts";
import { formError } from "./states.ts";
import { traceView } from "./trace.ts";

/** "Who would answer this?" Nothing is stored or sent. */
export class RouteTest extends LightElement {
  static override properties = {
    agentId: { attribute: "agent-id" },
    asked: { state: true },
    trace: { state: true },
    error: { state: true },
    isBusy: { state: true },
  };
  declare agentId: string;
  declare asked: string;
  declare trace: RoutingTrace | null;
  declare error: string;
  declare isBusy: boolean;

  constructor() {
    super();
    this.agentId = "";
    this.asked = "";
    this.trace = null;
    this.error = "";
    this.isBusy = false;
  }
  async #ask(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const message = textOf(event.currentTarget as HTMLFormElement, "message");
    if (!message) return;
    this.isBusy = true;
    this.error = "";
    this.trace = null;
    this.asked = message;
    try {
      this.trace = await testRoute(this.agentId, message);
    } catch (err) {
      this.error = errorWords(err);
    }
    this.isBusy = false;
  }
  override render(): TemplateResult {
    return html`<section class="card form" aria-labelledby="route-title">
      <div>
        <h2 id="route-title">${t("Try a message")}</h2>
        <p class="muted">${t("See which specialist would answer, and why.")}</p>
      </div>
      <form class="inline-form" @submit=${this.#ask}>
        <label class="visually-hidden" for="route-message">${t("Message")}</label>
        <input
          id="route-message"
          name="message"
          maxlength="4000"
          placeholder=${t("How much is delivery?")}
          required
          dir="auto"
          autocomplete="off"
        />
        <button class="button" ?disabled=${this.isBusy}>${this.isBusy ? t("Asking…") : t("Ask")}</button>
      </form>
      ${formError(this.error)}
      <div role="status">
        ${
          this.trace
            ? html`<p class="quote" dir="auto">${this.asked}</p>
                ${traceView(this.trace, { isOpen: true })}`
            : nothing
        }
      </div>
    </section>`;
  }
}
customElements.define("route-test", RouteTest);
