import { html, type TemplateResult } from "lit";
import { API_KEY_SCOPES, type ApiKeyScope } from "../../protocol/codes.ts";
import type { Client, NewApiKey } from "../../protocol/resources.ts";
import { createApiKey } from "../api.ts";
import { t } from "../i18n/i18n.ts";
import { field, NOT_BLANK, textOf } from "./field.ts";
import { FormDialog } from "./form-dialog.ts";

export const scopeWords = (scope: ApiKeyScope): string =>
  ({
    read: t("Read everything"),
    "agents:write": t("Change agents"),
    "conversations:write": t("Answer conversations"),
    "clients:write": t("Change companies"),
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
    const boxes = [...form.querySelectorAll<HTMLInputElement>('input[name="scopes"]')];
    const scopes = API_KEY_SCOPES.filter((scope) => boxes.some((box) => box.checked && box.value === scope));
    boxes[0]!.setCustomValidity(scopes.length === 0 ? t("Choose at least one.") : "");
    if (!form.reportValidity()) return null;
    const days = Number(textOf(form, "days"));
    return createApiKey({
      name: textOf(form, "name"),
      client_id: textOf(form, "client_id") || null,
      scopes,
      expires_at: days === 0 ? null : new Date(Date.now() + days * DAY_MS).toISOString(),
    });
  }
  #forgive(event: Event): void {
    (event.currentTarget as HTMLElement).querySelector("input")?.setCustomValidity("");
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
      <fieldset class="field" @change=${this.#forgive}>
        <legend>${t("What it may do")}</legend>
        ${API_KEY_SCOPES.map(
          (scope) =>
            html`<label class="check">
              <input type="checkbox" name="scopes" value=${scope} ?checked=${scope === "read"} />
              <span>${scopeWords(scope)}</span>
            </label>`,
        )}
      </fieldset>
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
