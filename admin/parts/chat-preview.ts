import { html, nothing, type TemplateResult } from "lit";
import type { PreviewHost, PreviewTurn, PreviewWindow } from "../../protocol/preview.ts";
import type { PublicAgent, RoutingTrace } from "../../protocol/resources.ts";
import { askSandbox } from "../api.ts";
import { language, t } from "../i18n/i18n.ts";
import { errorWords } from "../request.ts";
import { LightElement } from "./light-element.ts";
import { traceView } from "./trace.ts";

/** What of a conversation goes with a question. */
const TURNS_MAX = 50;

/** The chat as visitors will see it, before anybody else may: it answers, and nothing of it is stored. */
export class ChatPreview extends LightElement {
  static override properties = {
    agentId: { attribute: "agent-id" },
    agent: { attribute: false },
    trace: { state: true },
  };
  /** Empty while there is no draft to talk to. */
  declare agentId: string;
  /** As visitors will know it, what is not saved included. */
  declare agent: PublicAgent | null;
  /** Of the last answer. */
  declare trace: RoutingTrace | null;
  readonly #host: PreviewHost = {
    answer: (turns) => this.#answer(turns),
    onCleared: () => (this.trace = null),
  };

  constructor() {
    super();
    this.agentId = "";
    this.agent = null;
    this.trace = null;
  }
  get #preview() {
    return (this.querySelector("iframe")?.contentWindow as PreviewWindow | null)?.renusPreview;
  }
  #attach(): void {
    this.trace = null;
    this.#preview?.attach(this.#host);
    this.#show();
  }
  #show(): void {
    if (this.agent) this.#preview?.show(this.agent, this.agent.locale || language);
  }
  async #answer(turns: readonly PreviewTurn[]): Promise<{ reply: string; name: string }> {
    if (!this.agentId) throw new Error(t("Give your agent a name first, then talk to it here."));
    const history = turns.slice(0, -1).slice(-TURNS_MAX);
    try {
      const { reply, trace } = await askSandbox(this.agentId, turns.at(-1)!.content, history);
      this.trace = trace;
      return { reply, name: trace.chosen.name };
    } catch (err) {
      throw new Error(errorWords(err), { cause: err });
    }
  }
  override updated(): void {
    this.#show();
  }

  override render(): TemplateResult {
    const name = this.agent?.name ?? "";
    return html`<section class="card preview" aria-labelledby="preview-title">
      <header class="preview-head">
        <h2 id="preview-title">${t("Preview")}</h2>
        <p class="hint">
          ${
            this.agentId
              ? t("Talk to {name} as a visitor would. Nothing here is stored.", { name })
              : t("Give your agent a name first, then talk to it here.")
          }
        </p>
      </header>
      <iframe
        class="preview-frame"
        src="/admin/preview"
        title=${t("The chat of {name}", { name })}
        @load=${this.#attach}
      ></iframe>
      ${this.trace ? traceView(this.trace) : nothing}
    </section>`;
  }
}
declare global {
  interface HTMLElementTagNameMap {
    "chat-preview": ChatPreview;
  }
}
customElements.define("chat-preview", ChatPreview);
