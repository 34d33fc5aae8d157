import { html, type TemplateResult } from "lit";
import { t } from "../i18n/i18n.ts";
import { stepTitle } from "./wizard-steps.ts";

/** Why an agent cannot be published yet, with the way to each step that is missing. */
export function missingStepsView(agentId: string, missing: readonly number[]): TemplateResult {
  return html`<div class="notice" role="alert">
    <p>${t("Before it can be published, please finish:")}</p>
    <ul>
      ${missing.map(
        (step) =>
          html`<li>
            <a href="/admin/agents/${agentId}/wizard/${step}"
              >${t("Step {step}: {title}", { step, title: stepTitle(step as 1) })}</a
            >
          </li>`,
      )}
    </ul>
  </div>`;
}
