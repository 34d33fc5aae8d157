import { html, type TemplateResult } from "lit";
import { t } from "../i18n/i18n.ts";
import "./copy-button.ts";

/** A secret that the server tells this one time, with a way to copy it. */
export function shownOnce(given: {
  label: string;
  secret: string;
  hint: string;
  copy: string;
  onDone: () => void;
}): TemplateResult {
  return html`<section class="card form" role="status" aria-label=${given.label}>
    <div class="field">
      <p class="label" dir="auto">${given.label}</p>
      <div class="copy-line">
        <code tabindex="0" aria-label=${given.label} translate="no">${given.secret}</code>
        <copy-button .text=${given.secret} label=${given.copy}></copy-button>
        <p class="hint">${given.hint}</p>
      </div>
    </div>
    <div class="form-actions">
      <button type="button" class="button" @click=${given.onDone}>${t("I have kept it")}</button>
    </div>
  </section>`;
}
