import { html, nothing, type TemplateResult } from "lit";
import { initials } from "../../protocol/colors.ts";
import type { RoutingTrace } from "../../protocol/resources.ts";
import { t } from "../i18n/i18n.ts";
import { askSandbox, type SandboxTurn } from "../api.ts";
import { errorWords } from "../request.ts";
import { icon } from "./icons.ts";
import { LightElement } from "./light-element.ts";
import { markdown } from "./markdown.ts";
import { traceView } from "./trace.ts";

interface Turn extends SandboxTurn {
  trace?: RoutingTrace;
}

/** A conversation with an agent before anybody else may have one. Nothing of it is stored. */
export class SandboxChat extends LightElement {
  static override properties = {
    agentId: { attribute: "agent-id" },
    name: {},
    greeting: {},
    starters: { attribute: false },
    turns: { state: true },
    isWaiting: { state: true },
    error: { state: true },
  };
  /** Empty while there is no draft to talk to. */
  declare agentId: string;
  declare name: string;
  declare greeting: string;
  declare starters: readonly string[];
  declare turns: Turn[];
  declare isWaiting: boolean;
  declare error: string;

  constructor() {
    super();
    this.agentId = "";
    this.name = "";
    this.greeting = "";
    this.starters = [];
    this.#clear();
  }
  #clear(): void {
    this.turns = [];
    this.isWaiting = false;
    this.error = "";
  }
  /** The button that was pressed goes away; the focus stays here. */
  #stayFocused(): void {
    this.querySelector<HTMLElement>(".sandbox-log")?.focus({ preventScroll: true });
  }
  #startOver(): void {
    this.#clear();
    this.#stayFocused();
  }
  #submit(event: SubmitEvent): void {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const input = form.elements.namedItem("message") as HTMLInputElement;
    const content = input.value.trim();
    if (!content || this.isWaiting) return;
    input.value = "";
    this.turns = [...this.turns, { role: "visitor", content }];
    void this.#ask();
  }
  #start(content: string): void {
    this.turns = [{ role: "visitor", content }];
    this.#stayFocused();
    void this.#ask();
  }
  /** Asks for the answer to the last turn, which is the visitor's. */
  async #ask(): Promise<void> {
    const asked = this.turns;
    const question = asked.at(-1);
    if (!question) return;
    this.isWaiting = true;
    this.error = "";
    try {
      const history = asked.slice(0, -1).map(({ role, content }) => ({ role, content }));
      const { reply, trace } = await askSandbox(this.agentId, question.content, history.slice(-50));
      // Cleared meanwhile: the answer belongs to nothing.
      if (this.turns === asked) this.turns = [...asked, { role: "assistant", content: reply, trace }];
    } catch (err) {
      if (this.turns === asked) this.error = errorWords(err);
    }
    this.isWaiting = false;
  }
  #askAgain(): void {
    this.#stayFocused();
    void this.#ask();
  }
  override updated(): void {
    const log = this.querySelector(".sandbox-log");
    log?.scrollTo({ top: log.scrollHeight });
  }

  override render(): TemplateResult {
    const isReady = this.agentId !== "";
    return html`<section class="card sandbox" aria-labelledby="sandbox-title">
      <header class="sandbox-head">
        <div class="sandbox-who">
          <span class="avatar is-small" aria-hidden="true">${initials(this.name) || icon("spark")}</span>
          <h2 id="sandbox-title">${t("Try it")}</h2>
        </div>
        ${
          this.turns.length > 0
            ? html`<button type="button" class="button is-quiet" @click=${this.#startOver}>${t("Start over")}</button>`
            : nothing
        }
      </header>
      <div class="sandbox-log" role="log" aria-label=${t("Test conversation")} tabindex="0">
        ${isReady && this.greeting ? html`<div class="bubble is-assistant" dir="auto">${this.greeting}</div>` : nothing}
        ${this.turns.length === 0 ? this.#empty(isReady) : nothing} ${this.turns.map((turn) => this.#turn(turn))}
        ${this.isWaiting ? html`<div class="bubble is-assistant is-waiting"><span class="visually-hidden">${t("Writing an answer")}</span><i></i><i></i><i></i></div>` : nothing}
        ${
          this.error
            ? html`<div class="sandbox-error" role="alert">
                <p>${this.error}</p>
                <button type="button" class="button is-quiet" @click=${this.#askAgain}>${t("Try again")}</button>
              </div>`
            : nothing
        }
      </div>
      <form class="sandbox-form" @submit=${this.#submit}>
        <label class="visually-hidden" for="sandbox-message">${t("Message to the agent")}</label>
        <input
          id="sandbox-message"
          name="message"
          maxlength="4000"
          autocomplete="off"
          placeholder=${t("Write as a visitor would")}
          ?disabled=${!isReady}
        />
        <button
          class="button is-primary is-icon"
          aria-label=${t("Send")}
          aria-busy=${this.isWaiting ? "true" : nothing}
          ?disabled=${!isReady}
        >
          ${icon("send")}
        </button>
      </form>
    </section>`;
  }
  #empty(isReady: boolean): TemplateResult {
    if (!isReady) return html`<p class="sandbox-hint">${t("Give your agent a name first, then talk to it here.")}</p>`;
    return html`<p class="sandbox-hint">
        ${t("Talk to {name} as a visitor would. Nothing here is stored.", { name: this.name || t("your agent") })}
      </p>
      ${
        this.starters.length > 0
          ? html`<div class="chips">
              ${this.starters.map((text) => html`<button type="button" class="chip" @click=${() => this.#start(text)}>${text}</button>`)}
            </div>`
          : nothing
      }`;
  }
  #turn(turn: Turn): TemplateResult {
    return html`<div class="bubble is-${turn.role}" dir="auto">
        ${turn.role === "assistant" ? markdown(turn.content, false) : html`<span class="bubble-text">${turn.content}</span>`}
      </div>
      ${turn.trace ? traceView(turn.trace) : nothing}`;
  }
}
customElements.define("sandbox-chat", SandboxChat);
