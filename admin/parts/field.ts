import { html, nothing, type TemplateResult } from "lit";
import { t } from "../i18n/i18n.ts";

/** A labelled control. The control carries the same `id` and `aria-describedby="<id>-hint"` when there is a hint. */
export function field(
  given: { id: string; label: string; hint?: string; optional?: boolean },
  control: TemplateResult,
): TemplateResult {
  return html`<div class="field">
    <label for=${given.id}
      >${given.label}${given.optional ? html` <span class="optional">${t("optional")}</span>` : nothing}</label
    >
    ${control} ${given.hint ? html`<p class="hint" id="${given.id}-hint">${given.hint}</p>` : nothing}
  </div>`;
}
/** At least one character that is not a space, as the server asks. */
export const NOT_BLANK = ".*\\S.*";

/** Text of a form's control by name; trimmed. */
export function textOf(form: HTMLFormElement, name: string): string {
  const control = form.elements.namedItem(name);
  return control && "value" in control ? String(control.value).trim() : "";
}
