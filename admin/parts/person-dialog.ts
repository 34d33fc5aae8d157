import { html, nothing, type TemplateResult } from "lit";
import type { Client, User } from "../../protocol/resources.ts";
import { createUser, updateUser, type UserChanges } from "../api.ts";
import { t } from "../i18n/i18n.ts";
import { account, sendsMail } from "../session.ts";
import { field, textOf } from "./field.ts";
import { FormDialog } from "./form-dialog.ts";
import { PASSWORD_MAX, PASSWORD_MIN } from "./password-dialog.ts";

/**
 * Creates or changes a person who signs in.
 *
 * @fires person-saved - detail: the User as the server has it
 */
export class PersonDialog extends FormDialog<User> {
  static override properties = {
    ...FormDialog.properties,
    companies: { attribute: false },
    role: { state: true },
    isPasswordShown: { state: true },
  };
  declare companies: readonly Client[];
  /** As chosen in the form: administrators belong to no company. */
  declare role: User["role"];
  declare isPasswordShown: boolean;
  protected override readonly savedEvent = "person-saved";

  constructor() {
    super();
    this.companies = [];
    this.role = "client";
    this.isPasswordShown = false;
  }
  override open(person: User | null): Promise<void> {
    this.role = person?.role ?? "client";
    this.isPasswordShown = false;
    return super.open(person);
  }
  protected override heading(): string {
    const { subject: person } = this;
    return person ? t("Edit “{name}”", { name: person.name ?? person.email }) : t("New person");
  }
  protected override save(form: HTMLFormElement): Promise<User> {
    const { subject: person, role } = this;
    // Spaces at the ends of a password count.
    const password = (form.elements.namedItem("password") as HTMLInputElement | null)?.value;
    const given = {
      email: textOf(form, "email"),
      name: textOf(form, "name") || null,
      role,
      client_id: textOf(form, "client_id") || null,
      ...(password ? { password } : {}),
    };
    return person ? updateUser(person.id, changesOf(person, given)) : createUser(given);
  }
  protected override fields(): TemplateResult {
    const { subject: person } = this;
    return html` ${field(
      { id: "person-email", label: t("E-mail") },
      html`<input
        id="person-email"
        name="email"
        type="email"
        maxlength="254"
        required
        autofocus
        autocomplete="off"
        .defaultValue=${person?.email ?? ""}
      />`,
    )}
    ${field(
      { id: "person-name", label: t("Name"), optional: true },
      html`<input
        id="person-name"
        name="name"
        maxlength="120"
        dir="auto"
        autocomplete="off"
        .defaultValue=${person?.name ?? ""}
      />`,
    )}
    ${this.#roleField()} ${this.role === "client" ? this.#companyField() : nothing}
    ${sendsMail() ? this.#invitation() : this.#passwordField()}`;
  }
  #roleField(): TemplateResult {
    const initial = this.subject?.role ?? "client";
    return field(
      { id: "person-role", label: t("Role"), hint: this.#roleHint() },
      html`<select
        id="person-role"
        name="role"
        aria-describedby="person-role-hint"
        @change=${(event: Event) => {
          this.role = (event.target as HTMLSelectElement).value as User["role"];
          this.error = "";
        }}
      >
        <option value="client" ?selected=${initial === "client"}>${t("Member")}</option>
        <option value="admin" ?selected=${initial === "admin"}>${t("Administrator")}</option>
      </select>`,
    );
  }
  #roleHint(): string {
    if (this.role === "admin") return t("Manages all agents, companies and people.");
    if (this.subject?.id === account().id) return t("You will no longer manage agents, companies and people.");
    return t("Sees the company's agents and answers its conversations.");
  }
  #companyField(): TemplateResult {
    const { subject: person, companies } = this;
    // Somebody whose company was deleted may still be renamed.
    const isRequired = !(person?.role === "client" && person.client_id === null);
    return html`${field(
      { id: "person-company", label: t("Company") },
      html`<select
        id="person-company"
        name="client_id"
        ?required=${isRequired}
        aria-describedby=${companies.length === 0 ? "person-no-company" : nothing}
      >
        <option value="">${t("Choose a company")}</option>
        ${companies.map(({ id, name }) => html`<option value=${id} ?selected=${id === person?.client_id}>${name}</option>`)}
      </select>`,
    )}
    ${
      companies.length === 0
        ? html`<p class="notice" id="person-no-company">
            ${t("There is no company yet.")} <a href="/admin/companies">${t("Create one first")}</a>
          </p>`
        : nothing
    }`;
  }
  /** Where mails are sent, people choose their own password. */
  #invitation(): TemplateResult | typeof nothing {
    if (this.subject) return nothing;
    return html`<p class="muted">
      ${t("An invitation is mailed to this address. With its link the person chooses a password.")}
    </p>`;
  }
  #passwordField(): TemplateResult {
    const { subject: person } = this;
    const minimum = { min: PASSWORD_MIN };
    return html`<div class="field">
      ${field(
        {
          id: "person-password",
          label: person ? t("New password") : t("Password"),
          optional: person !== null,
          hint: person
            ? t("At least {min} characters. Empty: the password stays. A new one ends this person's sign-ins.", minimum)
            : t("At least {min} characters. Tell it to the person, who can change it after signing in.", minimum),
        },
        html`<input
          id="person-password"
          name="password"
          type=${this.isPasswordShown ? "text" : "password"}
          autocomplete="new-password"
          spellcheck="false"
          autocapitalize="off"
          minlength=${PASSWORD_MIN}
          maxlength=${PASSWORD_MAX}
          ?required=${person === null}
          aria-describedby="person-password-hint"
        />`,
      )}
      <label class="check">
        <input
          type="checkbox"
          .checked=${this.isPasswordShown}
          @change=${(event: Event) => (this.isPasswordShown = (event.target as HTMLInputElement).checked)}
        />
        ${t("Show password")}
      </label>
    </div>`;
  }
}

/** Only what is different: the server has rules for some of it, whatever the value. */
function changesOf(before: User, after: Required<Pick<User, "email" | "name" | "role" | "client_id">> & { password?: string }) {
  const changes: UserChanges = {};
  if (after.email.toLowerCase() !== before.email.toLowerCase()) changes.email = after.email;
  if (after.name !== before.name) changes.name = after.name;
  if (after.role !== before.role) changes.role = after.role;
  if (after.client_id !== before.client_id) changes.client_id = after.client_id;
  if (after.password) changes.password = after.password;
  return changes;
}
customElements.define("person-dialog", PersonDialog);
declare global {
  interface HTMLElementTagNameMap {
    "person-dialog": PersonDialog;
  }
}
