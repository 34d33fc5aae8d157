import { html, type TemplateResult } from "lit";
import { isServerDown, onConnectionChange } from "../connection.ts";
import { t } from "../i18n/i18n.ts";
import { LightElement } from "./light-element.ts";

/**
 * Tells that the server cannot be reached, for as long as that is so. It lies over the page's margin, so that nothing
 * moves, and is there while it is empty, so that its words are announced.
 */
export class ConnectionBanner extends LightElement {
  #stop = (): void => {};

  override connectedCallback(): void {
    super.connectedCallback();
    this.#stop = onConnectionChange(() => this.requestUpdate());
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stop();
  }
  override updated(): void {
    document.documentElement.classList.toggle("has-notice", isServerDown());
  }
  override render(): TemplateResult {
    const words = isServerDown() ? t("The server cannot be reached. Trying again…") : "";
    return html`<p class="connection" role="status">${words}</p>`;
  }
}
customElements.define("connection-banner", ConnectionBanner);
