import { html } from "lit";
import { guard } from "lit/directives/guard.js";
import { t } from "../i18n/i18n.ts";
import "./fields-editor.ts";
import { readStarters, startersField } from "./agent-fields.ts";
import { suggestionsFor } from "./templates.ts";
import { stepData, type StepForm } from "./wizard-steps.ts";

export const fieldsStep: StepForm<3> = {
  intro: () => t("Both parts may stay empty."),
  render(agent) {
    const data = stepData(agent, 3);
    const words = suggestionsFor(agent);
    // Guarded: a list is set at every rendering otherwise, over what was edited since.
    return html`<fields-editor .fields=${guard([agent], () => data.fields ?? words?.fields ?? [])}></fields-editor>
      ${startersField(data.starters ?? words?.starters ?? [])}`;
  },
  read: (form) => ({ fields: form.querySelector("fields-editor")?.value ?? [], starters: readStarters(form) }),
};
