import { html, type TemplateResult } from "lit";
import { LightElement } from "./light-element.ts";

const SHOWN_MS = 4000;

/** Short words at the edge of the screen, above dialogs too. One at a time: the latest counts. */
export class ToastRegion extends LightElement {
  static override properties = { text: { state: true } };
  declare text: string;
  #timer = 0;

  constructor() {
    super();
    this.text = "";
  }
  override connectedCallback(): void {
    super.connectedCallback();
    this.popover = "manual";
  }
  show(text: string): void {
    this.text = text;
    // Hidden and shown again, so that it lies above a dialog opened meanwhile.
    if (this.matches(":popover-open")) this.hidePopover();
    this.showPopover();
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.hidePopover(), SHOWN_MS);
  }
  override render(): TemplateResult {
    return html`<div class="toast" role="status">${this.text}</div>`;
  }
}
customElements.define("toast-region", ToastRegion);

export function toast(text: string): void {
  document.querySelector<ToastRegion>("toast-region")?.show(text);
}
