import { html } from "lit";
import { guard } from "lit/directives/guard.js";
import { textOf } from "./field.ts";
import "./fields-editor.ts";
import { templateOf } from "./templates.ts";
import { STEP_TITLES, stepData, type StepForm } from "./wizard-steps.ts";

const STARTERS = [1, 2, 3, 4];

export const fieldsStep: StepForm<3> = {
  title: STEP_TITLES[3],
  intro: "Both parts may stay empty.",
  render(agent) {
    const data = stepData(agent, 3);
    const starters = data.starters ?? templateOf(agent?.template_type)?.starters ?? [];
    // Guarded: a list is set at every rendering otherwise, over what was edited since.
    return html`<fields-editor .fields=${guard([agent], () => data.fields ?? [])}></fields-editor>
      <fieldset class="fields">
        <legend>Conversation starters</legend>
        <p class="hint">Visitors can tap these instead of writing.</p>
        ${STARTERS.map(
          (n) =>
            html`<input
              name="starter_${n}"
              aria-label="Starter ${n}"
              placeholder=${n === 1 ? "What are your opening hours?" : "Another question"}
              maxlength="120"
              dir="auto"
              autocomplete="off"
              .defaultValue=${starters[n - 1] ?? ""}
            />`,
        )}
      </fieldset>`;
  },
  read: (form) => ({
    fields: form.querySelector("fields-editor")?.value ?? [],
    starters: STARTERS.map((n) => textOf(form, `starter_${n}`)).filter(Boolean),
  }),
};
