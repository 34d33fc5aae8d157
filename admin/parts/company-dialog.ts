import { html, type TemplateResult } from "lit";
import type { Client } from "../../protocol/resources.ts";
import { createClient, updateClient } from "../api.ts";
import { t } from "../i18n/i18n.ts";
import { field, NOT_BLANK, textOf } from "./field.ts";
import { FormDialog } from "./form-dialog.ts";

/**
 * Creates or renames a company.
 *
 * @fires company-saved - detail: the Client as the server has it
 */
export class CompanyDialog extends FormDialog<Client> {
  protected override readonly savedEvent = "company-saved";

  protected override heading(): string {
    return this.subject ? t("Edit “{name}”", { name: this.subject.name }) : t("New company");
  }
  protected override save(form: HTMLFormElement): Promise<Client> {
    const body = { name: textOf(form, "name") };
    return this.subject ? updateClient(this.subject.id, body) : createClient(body);
  }
  protected override fields(): TemplateResult {
    return field(
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
        .defaultValue=${this.subject?.name ?? ""}
      />`,
    );
  }
}
customElements.define("company-dialog", CompanyDialog);
declare global {
  interface HTMLElementTagNameMap {
    "company-dialog": CompanyDialog;
  }
}
