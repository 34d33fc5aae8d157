import { html, type TemplateResult } from "lit";
import { t } from "../i18n/i18n.ts";
import { icon } from "./icons.ts";
import { LightElement } from "./light-element.ts";
import { toast } from "./toast.ts";

/** Copies `text`; `label` says what ("Copy link"). */
export class CopyButton extends LightElement {
  static override properties = { text: {}, label: {}, isCopied: { state: true } };
  declare text: string;
  declare label: string;
  declare isCopied: boolean;

  constructor() {
    super();
    this.text = "";
    this.label = t("Copy");
    this.isCopied = false;
  }
  async #copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.text);
    } catch {
      toast(t("The browser did not allow copying. Select the text and copy it by hand."));
      return;
    }
    this.isCopied = true;
    toast(t("Copied"));
    setTimeout(() => (this.isCopied = false), 2000);
  }
  override render(): TemplateResult {
    return html`<button type="button" class="button" @click=${this.#copy}>
      ${icon(this.isCopied ? "check" : "copy")}<span>${this.label}</span>
    </button>`;
  }
}
customElements.define("copy-button", CopyButton);
