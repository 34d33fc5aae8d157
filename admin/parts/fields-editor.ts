import { html, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { WizardStepBody } from "../api.ts";
import { t } from "../i18n/i18n.ts";
import { fieldKey } from "./field-key.ts";
import { NOT_BLANK } from "./field.ts";
import { icon } from "./icons.ts";
import { LightElement } from "./light-element.ts";

export type AgentField = WizardStepBody<3>["fields"][number];

const typeNames = (): Record<AgentField["type"], string> => ({
  text: t("Text"),
  email: t("E-mail"),
  phone: t("Phone"),
  number: t("Number"),
  date: t("Date"),
  select: t("Choice"),
  boolean: t("Yes or no"),
});
const suggestedFields = (): readonly AgentField[] => [
  { key: "name", label: t("Name"), type: "text", required: true },
  { key: "email", label: t("E-mail"), type: "email", required: true },
  { key: "phone", label: t("Phone"), type: "phone", required: false },
];
const FIELDS_MAX = 30;

interface Row extends AgentField {
  id: number;
}

/**
 * What the agent finds out in a conversation.
 *
 * @fires change - a field was added, changed or removed
 */
export class FieldsEditor extends LightElement {
  static override properties = { rows: { state: true } };
  declare rows: Row[];
  #nextId = 0;

  constructor() {
    super();
    this.rows = [];
  }
  set fields(fields: readonly AgentField[]) {
    this.rows = fields.map((field) => ({ ...field, id: this.#nextId++ }));
  }
  /** Keys are made of labels once and kept. */
  get value(): AgentField[] {
    const taken = new Set(this.rows.map((row) => row.key).filter(Boolean));
    return this.rows.map(({ id: _id, ...field }) => {
      const key = field.key || fieldKey(field.label, taken);
      taken.add(key);
      return { ...field, label: field.label.trim(), key };
    });
  }
  #tell(): void {
    this.dispatchEvent(new Event("change", { bubbles: true }));
  }
  #add(field: AgentField): void {
    this.rows = [...this.rows, { ...field, id: this.#nextId++ }];
    void this.updateComplete.then(() => {
      if (field.label) this.#tell();
      else [...this.querySelectorAll(".field-row")].at(-1)?.querySelector("input")?.focus();
    });
  }
  #remove(row: Row): void {
    this.rows = this.rows.filter((other) => other !== row);
    void this.updateComplete.then(() => {
      this.querySelector<HTMLButtonElement>(".field-add")?.focus();
      this.#tell();
    });
  }
  #change(row: Row, change: Partial<AgentField>): void {
    this.rows = this.rows.map((other) => (other.id === row.id ? { ...other, ...change } : other));
  }

  override render(): TemplateResult {
    const isFull = this.rows.length >= FIELDS_MAX;
    const suggestions = suggestedFields().filter((field) => !this.rows.some((row) => row.key === field.key));
    return html`<fieldset class="fields">
      <legend>${t("What it finds out")}</legend>
      <p class="hint">${t("It asks when it fits the conversation, one thing at a time.")}</p>
      ${repeat(
        this.rows,
        (row) => row.id,
        (row, index) => this.#row(row, index),
      )}
      <div class="chips">
        ${suggestions.map(
          (field) =>
            html`<button type="button" class="chip" ?disabled=${isFull} @click=${() => this.#add(field)}>
              ${icon("plus")}${field.label}
            </button>`,
        )}
        <button
          type="button"
          class="chip field-add"
          ?disabled=${isFull}
          @click=${() => this.#add({ key: "", label: "", type: "text", required: false })}
        >
          ${icon("plus")}${t("Something else")}
        </button>
      </div>
    </fieldset>`;
  }
  #row(row: Row, index: number): TemplateResult {
    const n = index + 1;
    return html`<div class="field-row">
      <input
        aria-label=${t("Field {n}: what to ask for", { n })}
        placeholder=${t("What to ask for")}
        maxlength="120"
        pattern=${NOT_BLANK}
        required
        dir="auto"
        .value=${row.label}
        @input=${(event: Event) => this.#change(row, { label: (event.target as HTMLInputElement).value })}
      />
      <select
        aria-label=${t("Field {n}: kind", { n })}
        @change=${(event: Event) => this.#change(row, { type: (event.target as HTMLSelectElement).value as AgentField["type"] })}
      >
        ${Object.entries(typeNames()).map(([type, label]) => html`<option value=${type} ?selected=${type === row.type}>${label}</option>`)}
      </select>
      <label class="check">
        <input
          type="checkbox"
          .checked=${row.required ?? false}
          @change=${(event: Event) => this.#change(row, { required: (event.target as HTMLInputElement).checked })}
        />
        <span>${t("Required")}</span>
      </label>
      <button
        type="button"
        class="button is-quiet is-icon"
        aria-label=${row.label ? t("Remove field {n}: {label}", { n, label: row.label }) : t("Remove field {n}", { n })}
        @click=${() => this.#remove(row)}
      >
        ${icon("close")}
      </button>
    </div>`;
  }
}
customElements.define("fields-editor", FieldsEditor);
declare global {
  interface HTMLElementTagNameMap {
    "fields-editor": FieldsEditor;
  }
}
