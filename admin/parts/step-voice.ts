import { html } from "lit";
import { field, NOT_BLANK, textOf } from "./field.ts";
import { templateOf } from "./templates.ts";
import { isPromptEdited, STEP_TITLES, stepData, type StepForm } from "./wizard-steps.ts";

const LANGUAGES = {
  "": "The visitor's language",
  en: "English",
  "pt-BR": "Portuguese (Brazil)",
  es: "Spanish",
  fr: "French",
  de: "German",
  it: "Italian",
};
const TONES = ["Warm and clear", "Friendly and confident", "Polite and short", "Calm and factual", "Playful", "Formal"];

export const voiceStep: StepForm<2> = {
  title: STEP_TITLES[2],
  intro: "From these words the prompt is written. You can change it below.",
  render(agent) {
    const data = stepData(agent, 2);
    const template = templateOf(agent?.template_type);
    const language = data.language ?? "";
    const languages = { ...LANGUAGES, ...(language in LANGUAGES ? {} : { [language]: language }) };
    return html`${field(
        { id: "personality", label: "Personality" },
        html`<textarea
          id="personality"
          name="personality"
          rows="3"
          maxlength="2000"
          placeholder="Patient and thorough. Asks before it assumes."
          required
          dir="auto"
          .defaultValue=${data.personality ?? template?.personality ?? ""}
        ></textarea>`,
      )}
      <div class="columns">
        ${field(
          { id: "tone", label: "Tone" },
          html`<input
              id="tone"
              name="tone"
              list="tones"
              maxlength="200"
              pattern=${NOT_BLANK}
              title="A tone"
              placeholder="Warm and clear"
              required
              dir="auto"
              autocomplete="off"
              .defaultValue=${data.tone ?? template?.tone ?? ""}
            />
            <datalist id="tones">${TONES.map((tone) => html`<option value=${tone}></option>`)}</datalist>`,
        )}
        ${field(
          { id: "language", label: "Language" },
          html`<select id="language" name="language">
            ${Object.entries(languages).map(([tag, label]) => html`<option value=${tag} ?selected=${tag === language}>${label}</option>`)}
          </select>`,
        )}
      </div>
      ${field(
        { id: "greeting", label: "Greeting", optional: true, hint: "The first words a visitor sees." },
        html`<textarea
          id="greeting"
          name="greeting"
          rows="2"
          maxlength="500"
          placeholder="Hello! What can I do for you?"
          dir="auto"
          aria-describedby="greeting-hint"
          .defaultValue=${data.greeting ?? String(agent?.config["greeting"] ?? "")}
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
