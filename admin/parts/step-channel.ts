import { html } from "lit";
import { channelField, modelField } from "./agent-fields.ts";
import { field, textOf } from "./field.ts";
import { STEP_TITLES, stepData, type StepForm } from "./wizard-steps.ts";

const LINKS = {
  website_url: { label: "Website", placeholder: "https://example.com" },
  booking_url: { label: "Booking page", placeholder: "https://example.com/book" },
  whatsapp_url: { label: "WhatsApp link", placeholder: "https://wa.me/5511999999999" },
} as const;

export const channelStep: StepForm<4> = {
  title: STEP_TITLES[4],
  intro: "The suggestions are fine for most. Then publish.",
  render(agent) {
    const integrations = stepData(agent, 4).integrations ?? {};
    return html`<div class="columns">${channelField(agent?.channel ?? "web")} ${modelField(agent?.model ?? "gpt-4o-mini")}</div>
      <fieldset class="fields">
        <legend>Links</legend>
        <p class="hint">Kept with the agent for its integrations. All optional.</p>
        ${Object.entries(LINKS).map(([name, { label, placeholder }]) =>
          field(
            { id: name, label, optional: true },
            html`<input
              id=${name}
              name=${name}
              type="url"
              maxlength="2000"
              placeholder=${placeholder}
              .defaultValue=${String(integrations[name] ?? "")}
            />`,
          ),
        )}
      </fieldset>`;
  },
  read(form, agent) {
    const integrations: Record<string, unknown> = { ...stepData(agent, 4).integrations };
    for (const name of Object.keys(LINKS)) {
      const url = textOf(form, name);
      if (url) integrations[name] = url;
      else delete integrations[name];
    }
    return { integrations, model: textOf(form, "model"), channel: textOf(form, "channel") };
  },
};
