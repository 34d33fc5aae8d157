import { html, type TemplateResult } from "lit";
import { STEP_TITLES } from "./wizard-steps.ts";

/** Why an agent cannot be published yet, with the way to each step that is missing. */
export function missingStepsView(agentId: string, missing: readonly number[]): TemplateResult {
  return html`<div class="notice" role="alert">
    <p>Before it can be published, please finish:</p>
    <ul>
      ${missing.map(
        (step) =>
          html`<li>
            <a href="/admin/agents/${agentId}/wizard/${step}">Step ${step}: ${STEP_TITLES[step as 1] ?? "the step"}</a>
          </li>`,
      )}
    </ul>
  </div>`;
}
