import { html, type TemplateResult } from "lit";
import { t } from "../i18n/i18n.ts";

/** Boxes of which at least one has to be ticked. */
export function choices<Value extends string>(given: {
  name: string;
  legend: string;
  options: readonly (readonly [value: Value, label: string])[];
  chosen: readonly Value[];
}): TemplateResult {
  const forgive = (event: Event) =>
    (event.currentTarget as HTMLElement).querySelector<HTMLInputElement>("input")!.setCustomValidity("");
  return html`<fieldset class="field" @change=${forgive}>
    <legend>${given.legend}</legend>
    ${given.options.map(
      ([value, label]) =>
        html`<label class="check">
          <input type="checkbox" name=${given.name} value=${value} ?checked=${given.chosen.includes(value)} />
          <span>${label}</span>
        </label>`,
    )}
  </fieldset>`;
}

/** What is ticked; null when nothing is, and then the form says so. */
export function chosenOf<Value extends string>(form: HTMLFormElement, name: string, all: readonly Value[]): Value[] | null {
  const boxes = [...form.querySelectorAll<HTMLInputElement>(`input[name="${name}"]`)];
  const chosen = all.filter((value) => boxes.some((box) => box.checked && box.value === value));
  boxes[0]!.setCustomValidity(chosen.length === 0 ? t("Choose at least one.") : "");
  return form.reportValidity() ? chosen : null;
}
