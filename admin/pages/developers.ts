import { html, type TemplateResult } from "lit";
import { t } from "../i18n/i18n.ts";
import "../parts/api-keys.ts";
import "../parts/webhook-list.ts";
import { LightElement } from "../parts/light-element.ts";
import { setTitle } from "../parts/title.ts";

/** What programs need to work with this server, for administrators. */
export class DevelopersPage extends LightElement {
  override connectedCallback(): void {
    super.connectedCallback();
    setTitle(t("Developers"));
  }
  override render(): TemplateResult {
    return html`<header class="page-head">
        <h1>${t("Developers")}</h1>
        <a class="button" href="/docs" target="_blank" rel="noopener">${t("API reference")}</a>
      </header>
      <api-keys></api-keys><webhook-list></webhook-list>`;
  }
}
customElements.define("developers-page", DevelopersPage);
