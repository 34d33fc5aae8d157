import { html, type TemplateResult } from "lit";
import { LANGUAGES, language, setLanguage, t, type Language } from "../i18n/i18n.ts";

/** A select with every language in its own words. */
export function languageChoice(id: string): TemplateResult {
  return html`<div class="language">
    <label for=${id}>${t("Language")}</label>
    <select id=${id} @change=${(event: Event) => setLanguage((event.target as HTMLSelectElement).value as Language)}>
      ${Object.entries(LANGUAGES).map(
        ([code, name]) => html`<option value=${code} lang=${code} ?selected=${code === language}>${name}</option>`,
      )}
    </select>
  </div>`;
}
