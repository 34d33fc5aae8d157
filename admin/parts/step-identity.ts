import { html } from "lit";
import { t } from "../i18n/i18n.ts";
import { field, NOT_BLANK, textOf } from "./field.ts";
import { templateChoices } from "./templates.ts";
import { stepData, type StepForm } from "./wizard-steps.ts";

export const identityStep: StepForm<1> = {
  intro: () => t("A name, a job, and what visitors should know."),
  render(agent) {
    const data = stepData(agent, 1);
    const choices = templateChoices();
    return html`${field(
        { id: "name", label: t("Name") },
        html`<input
          id="name"
          name="name"
          maxlength="120"
          pattern=${NOT_BLANK}
          title=${t("A name")}
          placeholder=${t("Ana from Café Aurora")}
          required
          dir="auto"
          autocomplete="off"
          .defaultValue=${data.name ?? agent?.name ?? ""}
        />`,
      )}
      <fieldset class="choices">
        <legend>${t("What is it for?")}</legend>
        ${choices.map(
          ({ id, title, text }) =>
            html`<label class="choice">
              <input type="radio" name="template_type" value=${id} ?checked=${agent?.template_type === id} />
              <span class="choice-title">${title}</span><span class="choice-text">${text}</span>
            </label>`,
        )}
        <label class="choice">
          <input type="radio" name="template_type" value="" ?checked=${!choices.some(({ id }) => id === agent?.template_type)} />
          <span class="choice-title">${t("Something else")}</span><span class="choice-text">${t("Start from nothing.")}</span>
        </label>
      </fieldset>
      ${field(
        {
          id: "niche",
          label: t("Field of work"),
          optional: true,
          hint: t("It keeps to this and politely declines other questions."),
        },
        html`<input
          id="niche"
          name="niche"
          maxlength="200"
          placeholder=${t("Coffee shop with a bakery")}
          dir="auto"
          aria-describedby="niche-hint"
          .defaultValue=${data.niche ?? ""}
        />`,
      )}
      ${field(
        { id: "description", label: t("Description"), optional: true, hint: t("Visitors read it above the first message.") },
        html`<textarea
          id="description"
          name="description"
          rows="2"
          maxlength="2000"
          placeholder=${t("Ask me about our menu, allergens and opening hours.")}
          dir="auto"
          aria-describedby="description-hint"
          .defaultValue=${agent?.description ?? ""}
        ></textarea>`,
      )}`;
  },
  read: (form) => ({
    name: textOf(form, "name"),
    template_type: textOf(form, "template_type") || null,
    niche: textOf(form, "niche") || null,
    description: textOf(form, "description") || null,
  }),
};
