import { html, nothing, type TemplateResult } from "lit";
import type { Agent } from "../../protocol/resources.ts";
import { t } from "../i18n/i18n.ts";
import { icon } from "./icons.ts";

/** Grey shapes where the content will be. */
export function skeleton(rows: number, label = t("Loading")): TemplateResult {
  return html`<div class="skeleton" role="status" aria-label=${label}>
    ${Array.from({ length: rows }, () => html`<div class="skeleton-row"><i></i><i></i></div>`)}
  </div>`;
}

export function errorState(message: string, onRetry: () => void): TemplateResult {
  return html`<div class="state" role="alert">
    <span class="state-icon is-danger">${icon("warning")}</span>
    <p class="state-title">${t("That did not work")}</p>
    <p class="state-text">${message}</p>
    <button type="button" class="button" @click=${onRetry}>${t("Try again")}</button>
  </div>`;
}

export function emptyState(title: string, text: string, action: TemplateResult | typeof nothing = nothing): TemplateResult {
  return html`<div class="state">
    <span class="state-icon">${icon("spark")}</span>
    <p class="state-title">${title}</p>
    <p class="state-text">${text}</p>
    ${action}
  </div>`;
}

/** An error inside a form or dialog; empty words show nothing. */
export function formError(message: string): TemplateResult {
  return html`<p class="form-error" role="alert" ?hidden=${!message}>${message}</p>`;
}

export function statusPill(status: Agent["status"]): TemplateResult {
  return html`<span class="pill is-${status}">${{ draft: t("Draft"), active: t("Live"), inactive: t("Paused") }[status]}</span>`;
}
