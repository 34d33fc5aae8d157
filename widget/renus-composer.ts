import { html, nothing } from "lit/html.js";
import { RenusElement } from "./element.ts";
import type { Strings } from "./i18n/en.ts";
import { fill } from "./i18n/locale.ts";
import { sendIcon, stopIcon } from "./icons.ts";
import { styles } from "./renus-composer.styles.ts";
import { shared } from "./shared.styles.ts";

/** Share of the limit from which the counter shows. */
const COUNTER_FROM = 0.9;
const HEIGHT_MAX = 156;

/**
 * Where a person writes. Enter sends, Shift+Enter breaks the line, an Enter that ends an IME composition does neither.
 * @fires send-text - detail: the text
 * @fires stop - the reply being written shall end
 * @fires draft - detail: the text so far, after every change
 */
export class RenusComposer extends RenusElement {
  static override sheets = [shared, styles];
  static override properties = { text: "", strings: "", placeholder: "", charsMax: "", isStreaming: "" };
  declare text: string;
  declare strings: Strings;
  declare placeholder: string | null;
  declare charsMax: number;
  declare isStreaming: boolean;

  override focus(): void {
    this.#area?.focus();
  }

  get #area(): HTMLTextAreaElement | null {
    return this.renderRoot?.querySelector("textarea") ?? null;
  }

  override updated(changed: ReadonlyMap<string, unknown>): void {
    const area = this.#area;
    if (!area || !changed.has("text")) return;
    if (area.value !== this.text) area.value = this.text;
    area.style.blockSize = "";
    area.style.blockSize = `${Math.min(area.scrollHeight, HEIGHT_MAX)}px`;
  }

  override render(): unknown {
    const { strings, text, charsMax } = this;
    const left = charsMax - text.length;
    const isEmpty = text.trim() === "";
    const label = this.placeholder || strings.write;
    const hasCounter = text.length >= charsMax * COUNTER_FROM;
    // While a reply streams an empty composer stops it; with words in it, it sends them.
    const isStop = this.isStreaming && isEmpty;
    return html`
      <form @submit=${this.#submit}>
        <textarea
          rows="1"
          dir="auto"
          enterkeyhint="send"
          aria-label=${label}
          placeholder=${label}
          aria-describedby=${hasCounter ? "counter" : nothing}
          aria-invalid=${left < 0 ? "true" : nothing}
          @input=${this.#input}
          @keydown=${this.#keydown}
        ></textarea>
        ${
          isStop
            ? html`<button
                class="go"
                type="button"
                aria-label=${strings.stop}
                title=${strings.stop}
                @click=${() => this.#fire("stop")}
              >
                ${stopIcon}
              </button>`
            : html`<button
                class="go"
                type="submit"
                aria-label=${strings.send}
                title=${strings.send}
                ?disabled=${isEmpty || left < 0}
              >
                ${sendIcon}
              </button>`
        }
      </form>
      ${
        hasCounter
          ? html`<div id="counter" class="counter ${left < 0 ? "over" : ""}" role="status">
              ${fill(left < 0 ? strings.too_long : strings.left, { count: Math.abs(left) })}
            </div>`
          : nothing
      }
    `;
  }

  #input(event: Event): void {
    this.text = (event.target as HTMLTextAreaElement).value;
    this.#fire("draft", this.text);
  }

  #keydown(event: KeyboardEvent): void {
    // 229: browsers that end the composition before they tell of the key.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.#submit(event);
  }

  #submit(event: Event): void {
    event.preventDefault();
    const { text } = this;
    if (text.trim() === "" || text.length > this.charsMax) return;
    this.text = "";
    this.#fire("draft", "");
    this.#fire("send-text", text);
  }

  #fire(name: string, detail?: string): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
RenusComposer.define("renus-composer");
