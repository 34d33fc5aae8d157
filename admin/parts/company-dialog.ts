import { html, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import type { Client } from "../../protocol/resources.ts";
import { createClient, updateClient } from "../api.ts";
import { t } from "../i18n/i18n.ts";
import { field, NOT_BLANK, textOf } from "./field.ts";
import { showIssues } from "./form-issues.ts";
import { icon } from "./icons.ts";
import { LightElement } from "./light-element.ts";
import { formError } from "./states.ts";

/**
 * Creates or renames a company.
 *
 * @fires company-saved - detail: the Client as the server has it
 */
export class CompanyDialog extends LightElement {
  static override properties = {
    company: { state: true },
    opening: { state: true },
    error: { state: true },
    isBusy: { state: true },
  };
  /** null: a new one. */
  declare company: Client | null;
  /** Counts openings: each starts from a fresh form. */
  declare opening: number;
  declare error: string;
  declare isBusy: boolean;

  constructor() {
    super();
    this.company = null;
    this.opening = 0;
    this.error = "";
    this.isBusy = false;
  }
  async open(company: Client | null): Promise<void> {
    this.company = company;
    this.opening++;
    this.error = "";
    await this.updateComplete;
    this.#dialog.showModal();
  }
  get #dialog(): HTMLDialogElement {
    return this.querySelector("dialog")!;
  }
  async #save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const body = { name: textOf(form, "name") };
    this.isBusy = true;
    this.error = "";
    try {
      const saved = this.company ? await updateClient(this.company.id, body) : await createClient(body);
      this.#dialog.close();
      this.dispatchEvent(new CustomEvent("company-saved", { detail: saved, bubbles: true }));
    } catch (err) {
      this.error = showIssues(form, err);
    }
    this.isBusy = false;
  }

  override render(): TemplateResult {
    return html`<dialog class="dialog is-small" aria-labelledby="company-title">${keyed(this.opening, this.#form())}</dialog>`;
  }
  #form(): TemplateResult {
    const { company } = this;
    return html`<form class="form" @submit=${this.#save}>
      <header class="dialog-head">
        <h2 id="company-title" dir="auto">${company ? t("Edit “{name}”", { name: company.name }) : t("New company")}</h2>
        <button type="button" class="button is-quiet is-icon" aria-label=${t("Close")} @click=${() => this.#dialog.close()}>
          ${icon("close")}
        </button>
      </header>
      ${formError(this.error)}
      ${field(
        { id: "company-name", label: t("Name") },
        html`<input
          id="company-name"
          name="name"
          maxlength="120"
          pattern=${NOT_BLANK}
          title=${t("A name")}
          required
          autofocus
          dir="auto"
          autocomplete="off"
          .defaultValue=${company?.name ?? ""}
        />`,
      )}
      <div class="dialog-actions">
        <button type="button" class="button" @click=${() => this.#dialog.close()}>${t("Cancel")}</button>
        <button class="button is-primary" ?disabled=${this.isBusy}>
          ${this.isBusy ? t("Saving…") : company ? t("Save") : t("Create")}
        </button>
      </div>
    </form>`;
  }
}
customElements.define("company-dialog", CompanyDialog);
declare global {
  interface HTMLElementTagNameMap {
    "company-dialog": CompanyDialog;
  }
}
