import { html } from "lit";
import { t } from "../i18n/i18n.ts";
import { channelField, modelField } from "./agent-fields.ts";
import { field, textOf } from "./field.ts";
import { stepData, type StepForm } from "./wizard-steps.ts";

const LINKS = {
  website_url: "https://example.com",
  booking_url: "https://example.com/book",
  whatsapp_url: "https://wa.me/5511999999999",
} as const;

export const channelStep: StepForm<4> = {
  intro: () => t("The suggestions are fine for most. Then publish."),
  render(agent) {
    const integrations = stepData(agent, 4).integrations ?? {};
    const labels = { website_url: t("Website"), booking_url: t("Booking page"), whatsapp_url: t("WhatsApp link") };
    return html`<div class="columns">${channelField(agent?.channel ?? "web")} ${modelField(agent?.model ?? "gpt-4o-mini")}</div>
      <fieldset class="fields">
        <legend>${t("Links")}</legend>
        <p class="hint">${t("Kept with the agent for its integrations. All optional.")}</p>
        ${Object.entries(LINKS).map(([name, placeholder]) =>
          field(
            { id: name, label: labels[name as keyof typeof LINKS], optional: true },
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
