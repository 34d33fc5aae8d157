import { html, type TemplateResult } from "lit";
import { API_KEY_SCOPES, type ApiKeyScope } from "../../protocol/codes.ts";
import type { Client, NewApiKey } from "../../protocol/resources.ts";
import { createApiKey } from "../api.ts";
import { t } from "../i18n/i18n.ts";
import { choices, chosenOf } from "./choices.ts";
import { field, NOT_BLANK, textOf } from "./field.ts";
import { FormDialog } from "./form-dialog.ts";

export const scopeWords = (scope: ApiKeyScope): string =>
  ({
    read: t("Read everything"),
    "agents:write": t("Change agents"),
    "conversations:write": t("Answer conversations"),
    "clients:write": t("Change companies"),
    "webhooks:write": t("Change webhooks"),
  })[scope];

const DAYS_TO_LIVE = [30, 90, 365];
const DAY_MS = 86_400_000;

/**
 * Makes an API key.
 *
 * @fires api-key-made - detail: the NewApiKey, which holds the key itself
 */
export class ApiKeyDialog extends FormDialog<NewApiKey> {
  static override properties = { ...FormDialog.properties, companies: { attribute: false } };
  declare companies: readonly Client[];
  protected override readonly savedEvent = "api-key-made";

  constructor() {
    super();
    this.companies = [];
  }
  protected override heading(): string {
    return t("New API key");
  }
  protected override save(form: HTMLFormElement): Promise<NewApiKey> | null {
    const scopes = chosenOf(form, "scopes", API_KEY_SCOPES);
    if (!scopes) return null;
    const days = Number(textOf(form, "days"));
    return createApiKey({
      name: textOf(form, "name"),
      client_id: textOf(form, "client_id") || null,
      scopes,
      expires_at: days === 0 ? null : new Date(Date.now() + days * DAY_MS).toISOString(),
    });
  }
  protected override fields(): TemplateResult {
    return html`${field(
      { id: "api-key-name", label: t("Name"), hint: t("Visitors see it when the key answers a conversation.") },
      html`<input
        id="api-key-name"
        name="name"
        maxlength="120"
        pattern=${NOT_BLANK}
        title=${t("A name")}
        aria-describedby="api-key-name-hint"
        required
        autofocus
        dir="auto"
        autocomplete="off"
      />`,
    )}
    ${field(
      { id: "api-key-company", label: t("Company") },
      html`<select id="api-key-company" name="client_id">
        ${this.companies.map(({ id, name }) => html`<option value=${id}>${name}</option>`)}
        <option value="">${t("All companies")}</option>
      </select>`,
    )}
    ${choices({
      name: "scopes",
      legend: t("What it may do"),
      options: API_KEY_SCOPES.map((scope) => [scope, scopeWords(scope)] as const),
      chosen: ["read"],
    })}
    ${field(
      { id: "api-key-days", label: t("Ends") },
      html`<select id="api-key-days" name="days">
        <option value="0">${t("When it is revoked")}</option>
        ${DAYS_TO_LIVE.map((count) => html`<option value=${count}>${t("In {count} days", { count })}</option>`)}
      </select>`,
    )}`;
  }
}
customElements.define("api-key-dialog", ApiKeyDialog);
declare global {
  interface HTMLElementTagNameMap {
    "api-key-dialog": ApiKeyDialog;
  }
}
