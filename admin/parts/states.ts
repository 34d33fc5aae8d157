import { html, nothing, type TemplateResult } from "lit";
import type { Agent } from "../../protocol/resources.ts";
import { icon } from "./icons.ts";

/** Grey shapes where the content will be. */
export function skeleton(rows: number, label = "Loading"): TemplateResult {
  return html`<div class="skeleton" role="status" aria-label=${label}>
    ${Array.from({ length: rows }, () => html`<div class="skeleton-row"><i></i><i></i></div>`)}
  </div>`;
}

export function errorState(message: string, onRetry: () => void): TemplateResult {
  return html`<div class="state" role="alert">
    <span class="state-icon is-danger">${icon("warning")}</span>
    <p class="state-title">That did not work</p>
    <p class="state-text">${message}</p>
    <button type="button" class="button" @click=${onRetry}>Try again</button>
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

const STATUS_WORDS: Record<Agent["status"], string> = { draft: "Draft", active: "Live", inactive: "Paused" };
export function statusPill(status: Agent["status"]): TemplateResult {
  return html`<span class="pill is-${status}">${STATUS_WORDS[status]}</span>`;
}
