import { html, type TemplateResult } from "lit";
import { t } from "../i18n/i18n.ts";
import { icon } from "./icons.ts";
import { LightElement } from "./light-element.ts";
import { splitTopics } from "./topics.ts";

/** Topics as chips: Enter or a comma adds, a pasted list adds all, Backspace in the empty field takes the last back. */
export class TopicsInput extends LightElement {
  static override properties = { topics: { attribute: false } };
  declare topics: readonly string[];

  constructor() {
    super();
    this.topics = [];
  }
  /** With what is typed but not yet added. */
  get value(): string[] {
    return splitTopics(this.#input?.value ?? "", this.topics);
  }
  get #input(): HTMLInputElement | null {
    return this.querySelector("input");
  }
  #take(): void {
    const input = this.#input;
    if (!input?.value.trim()) return;
    this.topics = this.value;
    input.value = "";
  }
  #key(event: KeyboardEvent): void {
    const input = this.#input;
    if (!input || event.isComposing) return;
    if ((event.key === "Enter" && input.value.trim()) || event.key === ",") {
      event.preventDefault();
      this.#take();
    } else if (event.key === "Backspace" && input.value === "") {
      this.topics = this.topics.slice(0, -1);
    }
  }
  #paste(event: ClipboardEvent): void {
    const text = event.clipboardData?.getData("text") ?? "";
    if (!/[,;\n]/.test(text)) return;
    event.preventDefault();
    this.topics = splitTopics(text, this.topics);
  }
  #remove(topic: string): void {
    this.topics = this.topics.filter((other) => other !== topic);
    this.#input?.focus();
  }
  override render(): TemplateResult {
    return html`<div class="chip-input">
      ${this.topics.map(
        (topic) =>
          html`<span class="chip is-set" dir="auto"
            >${topic}<button type="button" aria-label=${t("Remove {topic}", { topic })} @click=${() => this.#remove(topic)}>
              ${icon("close")}
            </button></span
          >`,
      )}
      <input
        id="sub-topics"
        aria-describedby="sub-topics-hint"
        placeholder=${this.topics.length === 0 ? t("prices, delivery, allergens") : t("Another topic")}
        autocomplete="off"
        dir="auto"
        @keydown=${this.#key}
        @paste=${this.#paste}
        @blur=${this.#take}
      />
    </div>`;
  }
}
customElements.define("topics-input", TopicsInput);
declare global {
  interface HTMLElementTagNameMap {
    "topics-input": TopicsInput;
  }
}
