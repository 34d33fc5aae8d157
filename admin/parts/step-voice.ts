import { html } from "lit";
import { PROMPT_LANGUAGES, templateWords } from "../../protocol/agent-templates.ts";
import type { Agent } from "../../protocol/resources.ts";
import { t } from "../i18n/i18n.ts";
import { languageField } from "./agent-fields.ts";
import { field, NOT_BLANK, textOf } from "./field.ts";
import { chosenLanguage, suggestionsFor } from "./templates.ts";
import { isPromptEdited, stepData, type StepForm } from "./wizard-steps.ts";

/** The template's words change with the language, as long as nobody has put others in their place. */
function translate(event: Event, agent: Agent | null): void {
  const select = event.currentTarget as HTMLSelectElement;
  const words = suggestionsFor(agent, select.value);
  if (!words || !select.form) return;
  for (const name of ["personality", "tone", "greeting"] as const) {
    const control = select.form.elements.namedItem(name) as HTMLInputElement | HTMLTextAreaElement;
    const known = PROMPT_LANGUAGES.map((language) => templateWords(agent?.template_type, language)?.[name]);
    if (control.value.trim() === "" || known.includes(control.value)) control.value = words[name];
  }
}

export const voiceStep: StepForm<2> = {
  intro: () => t("From these words the prompt is written. You can change it below."),
  render(agent) {
    const data = stepData(agent, 2);
    const words = suggestionsFor(agent);
    const tones = [
      t("Warm and clear"),
      t("Friendly and confident"),
      t("Polite and short"),
      t("Calm and factual"),
      t("Playful"),
      t("Formal"),
    ];
    return html`${field(
        { id: "personality", label: t("Personality") },
        html`<textarea
          id="personality"
          name="personality"
          rows="3"
          maxlength="2000"
          placeholder=${t("Patient and thorough. Asks before it assumes.")}
          required
          dir="auto"
          .defaultValue=${data.personality ?? words?.personality ?? ""}
        ></textarea>`,
      )}
      <div class="columns">
        ${field(
          { id: "tone", label: t("Tone") },
          html`<input
              id="tone"
              name="tone"
              list="tones"
              maxlength="200"
              pattern=${NOT_BLANK}
              title=${t("A tone")}
              placeholder=${t("Warm and clear")}
              required
              dir="auto"
              autocomplete="off"
              .defaultValue=${data.tone ?? words?.tone ?? ""}
            />
            <datalist id="tones">${tones.map((tone) => html`<option value=${tone}></option>`)}</datalist>`,
        )}
        ${languageField(chosenLanguage(agent), (event) => translate(event, agent))}
      </div>
      ${field(
        { id: "greeting", label: t("Greeting"), optional: true, hint: t("The first words a visitor sees.") },
        html`<textarea
          id="greeting"
          name="greeting"
          rows="2"
          maxlength="500"
          placeholder=${t("Hello! What can I do for you?")}
          dir="auto"
          aria-describedby="greeting-hint"
          .defaultValue=${data.greeting ?? String(agent?.config["greeting"] ?? words?.greeting ?? "")}
        ></textarea>`,
      )}
      <prompt-editor .prompt=${agent?.system_prompt ?? ""} .isEdited=${isPromptEdited(agent)}></prompt-editor>`;
  },
  read(form) {
    const editor = form.querySelector("prompt-editor");
    const language = textOf(form, "language");
    return {
      personality: textOf(form, "personality"),
      tone: textOf(form, "tone"),
      ...(language ? { language } : {}),
      greeting: textOf(form, "greeting"),
      ...(editor?.isEdited && editor.prompt.trim() ? { system_prompt: editor.prompt } : {}),
    };
  },
};
