import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { t } from "../i18n/i18n.ts";
import { icon } from "./icons.ts";
import { LightElement } from "./light-element.ts";

/**
 * The written prompt, to be changed by hand. A changed one is kept until it is asked to be written again.
 *
 * @fires prompt-rewrite - the written prompt is wanted back
 */
export class PromptEditor extends LightElement {
  static override properties = { prompt: {}, isEdited: { type: Boolean } };
  declare prompt: string;
  /** Worded by a person: later answers no longer change it. */
  declare isEdited: boolean;

  constructor() {
    super();
    this.prompt = "";
    this.isEdited = false;
  }
  #input(event: InputEvent): void {
    this.prompt = (event.target as HTMLTextAreaElement).value;
    this.isEdited = this.prompt.trim() !== "";
  }
  #rewrite(): void {
    this.isEdited = false;
    this.dispatchEvent(new CustomEvent("prompt-rewrite", { bubbles: true }));
  }
  override render(): TemplateResult {
    return html`<div class="field">
      <div class="field-head">
        <label for="wizard-prompt">${t("Prompt")}</label>
        ${this.isEdited ? html`<span class="pill is-edited">${t("Edited by you")}</span>` : html`<span class="pill">${t("Written for you")}</span>`}
        ${
          this.isEdited
            ? html`<button type="button" class="button is-quiet" @click=${this.#rewrite}>
                ${icon("spark")}<span>${t("Write it again")}</span>
              </button>`
            : nothing
        }
      </div>
      <textarea
        id="wizard-prompt"
        class="is-prompt"
        rows="12"
        maxlength="32000"
        dir="auto"
        aria-describedby="wizard-prompt-hint"
        .value=${live(this.prompt)}
        @input=${this.#input}
      ></textarea>
      <p class="hint" id="wizard-prompt-hint">
        ${
          this.isEdited
            ? t("Your wording stays as it is, whatever you change above.")
            : t("It follows your answers in all four steps until you change it here. Visitors never see it.")
        }
      </p>
    </div>`;
  }
}
customElements.define("prompt-editor", PromptEditor);
declare global {
  interface HTMLElementTagNameMap {
    "prompt-editor": PromptEditor;
  }
}
