import { html, nothing, type TemplateResult } from "lit";
import type { SubAgent } from "../../protocol/resources.ts";
import { listSubAgents, putCorrection, type TracedMessage } from "../api.ts";
import { t } from "../i18n/i18n.ts";
import type { Thread } from "../live/thread.ts";
import { errorWords } from "../request.ts";
import { LightElement } from "./light-element.ts";
import { toast } from "./toast.ts";

const MAIN_AGENT = "main";
const UNCHANGED = "";

/** "Wrong specialist": who should have answered, kept as an example with its label. */
export class CorrectionMenu extends LightElement {
  static override properties = {
    thread: { attribute: false },
    messageId: { attribute: "message-id" },
    why: { attribute: false },
    specialists: { state: true },
    isBusy: { state: true },
  };
  declare thread: Thread;
  declare messageId: string;
  declare why: Pick<TracedMessage, "trace" | "correction">;
  declare specialists: readonly SubAgent[] | null;
  declare isBusy: boolean;

  constructor() {
    super();
    this.messageId = "";
    this.specialists = null;
    this.isBusy = false;
  }
  async #open(event: Event): Promise<void> {
    if (!(event.currentTarget as HTMLDetailsElement).open || this.specialists) return;
    try {
      this.specialists = (await listSubAgents(this.thread.conversation!.agent_id!)).data;
    } catch (err) {
      toast(errorWords(err));
    }
  }
  async #choose(event: Event): Promise<void> {
    const { value } = event.currentTarget as HTMLSelectElement;
    this.isBusy = true;
    try {
      const correction = await putCorrection(
        this.thread.id,
        this.messageId,
        value === UNCHANGED ? undefined : value === MAIN_AGENT ? null : value,
      );
      this.thread.correct(this.messageId, correction);
      toast(correction ? t("Thank you. It is kept as an example.") : t("The correction was taken back."));
    } catch (err) {
      toast(errorWords(err));
    }
    this.isBusy = false;
  }

  override render(): TemplateResult {
    const { correction, trace } = this.why;
    const chosen = correction ? (correction.sub_agent_id ?? MAIN_AGENT) : UNCHANGED;
    return html`<details class="correction" @toggle=${this.#open}>
      <summary>
        ${correction ? t("Should have been: {name}", { name: correction.name ?? t("the main agent") }) : t("Wrong specialist?")}
      </summary>
      ${
        this.specialists
          ? html`<label>
              ${t("Who should have answered?")}
              <select ?disabled=${this.isBusy} @change=${this.#choose}>
                <option value=${UNCHANGED} ?selected=${chosen === UNCHANGED}>
                  ${t("{name} was right", { name: trace?.chosen.name ?? "" })}
                </option>
                ${
                  trace?.chosen.kind === "agent"
                    ? nothing
                    : html`<option value=${MAIN_AGENT} ?selected=${chosen === MAIN_AGENT}>${t("The main agent")}</option>`
                }
                ${this.specialists
                  .filter(({ id }) => id !== trace?.chosen.id)
                  .map(({ id, name }) => html`<option value=${id} ?selected=${id === chosen}>${name}</option>`)}
              </select>
            </label>`
          : html`<p class="muted">${t("Loading…")}</p>`
      }
    </details>`;
  }
}
customElements.define("correction-menu", CorrectionMenu);
