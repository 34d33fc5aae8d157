import { html, nothing, type TemplateResult } from "lit";
import { t } from "../i18n/i18n.ts";
import { field, textOf } from "./field.ts";
import { channelName, channelOptions } from "./words.ts";

/** Controls that the wizard and the settings share. */

const MODELS = ["gpt-4o-mini", "gpt-4o", "gpt-4.1-mini", "gpt-4.1"];
const STARTERS = [1, 2, 3, 4];

export function modelField(value: string): TemplateResult {
  return field(
    { id: "model", label: t("Model"), hint: t("Any model your server knows; gpt-4o-mini is quick and cheap.") },
    html`<input
        id="model"
        name="model"
        list="model-names"
        maxlength="200"
        spellcheck="false"
        required
        .defaultValue=${value}
        aria-describedby="model-hint"
      />
      <datalist id="model-names">${MODELS.map((name) => html`<option value=${name}></option>`)}</datalist>`,
  );
}

export function channelField(value: string): TemplateResult {
  const known = channelOptions();
  const options = known.some(([channel]) => channel === value) ? known : [...known, [value, channelName(value)] as const];
  return field(
    { id: "channel", label: t("Main channel"), hint: t("The public page and the widget work with every channel.") },
    html`<select id="channel" name="channel" aria-describedby="channel-hint">
      ${options.map(([channel, label]) => html`<option value=${channel} ?selected=${channel === value}>${label}</option>`)}
    </select>`,
  );
}

/** Empty: the visitor's language. A tag that is none of the choices stays one. */
export function languageField(value: string, onChange?: (event: Event) => void): TemplateResult {
  const languages: Record<string, string> = {
    "": t("The visitor's language"),
    en: t("English"),
    "pt-BR": t("Portuguese (Brazil)"),
    es: t("Spanish"),
    fr: t("French"),
    de: t("German"),
    it: t("Italian"),
  };
  if (!Object.hasOwn(languages, value)) languages[value] = value;
  return field(
    { id: "language", label: t("Language") },
    html`<select id="language" name="language" @change=${onChange ?? nothing}>
      ${Object.entries(languages).map(([tag, label]) => html`<option value=${tag} ?selected=${tag === value}>${label}</option>`)}
    </select>`,
  );
}

export function startersField(starters: readonly string[]): TemplateResult {
  return html`<fieldset class="fields">
    <legend>${t("Conversation starters")}</legend>
    <p class="hint">${t("Visitors can tap these instead of writing.")}</p>
    ${STARTERS.map(
      (n) =>
        html`<input
          name="starter_${n}"
          aria-label=${t("Starter {n}", { n })}
          placeholder=${n === 1 ? t("What are your opening hours?") : t("Another question")}
          maxlength="120"
          dir="auto"
          autocomplete="off"
          .defaultValue=${starters[n - 1] ?? ""}
        />`,
    )}
  </fieldset>`;
}
export const readStarters = (form: HTMLFormElement): string[] =>
  STARTERS.map((n) => textOf(form, `starter_${n}`)).filter(Boolean);
