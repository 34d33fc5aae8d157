import { html, nothing, type TemplateResult } from "lit";
import { WEBHOOK_EVENTS, type WebhookEvent } from "../../protocol/codes.ts";
import type { Client, NewWebhook, Webhook } from "../../protocol/resources.ts";
import { createWebhook, updateWebhook } from "../api.ts";
import { t } from "../i18n/i18n.ts";
import { choices, chosenOf } from "./choices.ts";
import { field, textOf } from "./field.ts";
import { FormDialog } from "./form-dialog.ts";

export const eventWords = (event: WebhookEvent): string =>
  ({
    "message.created": t("A message was written"),
    "conversation.created": t("A conversation began"),
    "conversation.handed_off": t("A person took a conversation over"),
    "conversation.handed_back": t("A conversation went back to the assistant"),
    "conversation.closed": t("A conversation was closed"),
    "agent.published": t("An agent was published"),
    "agent.unpublished": t("An agent was paused"),
  })[event];

/**
 * Makes a webhook or changes it.
 *
 * @fires webhook-saved - detail: the Webhook; the NewWebhook, with its secret, when it was made
 */
export class WebhookDialog extends FormDialog<Webhook | NewWebhook> {
  static override properties = { ...FormDialog.properties, companies: { attribute: false } };
  declare companies: readonly Client[];
  protected override readonly savedEvent = "webhook-saved";

  constructor() {
    super();
    this.companies = [];
  }
  protected override heading(): string {
    return this.subject ? t("Edit webhook") : t("New webhook");
  }
  protected override save(form: HTMLFormElement): Promise<Webhook | NewWebhook> | null {
    const events = chosenOf(form, "events", WEBHOOK_EVENTS);
    if (!events) return null;
    const body = { url: textOf(form, "url"), events };
    return this.subject ? updateWebhook(this.subject.id, body) : createWebhook({ ...body, client_id: textOf(form, "client_id") });
  }
  protected override fields(): TemplateResult {
    const { subject: webhook } = this;
    return html`${field(
      {
        id: "webhook-url",
        label: t("Address"),
        hint: t("A page of your server that takes POST, such as https://shop.example/renus."),
      },
      html`<input
        id="webhook-url"
        name="url"
        type="url"
        maxlength="2048"
        required
        autofocus
        autocomplete="off"
        spellcheck="false"
        aria-describedby="webhook-url-hint"
        .defaultValue=${webhook?.url ?? ""}
      />`,
    )}
    ${
      webhook
        ? nothing
        : field(
            { id: "webhook-company", label: t("Company") },
            html`<select id="webhook-company" name="client_id" required>
              ${this.companies.map(({ id, name }) => html`<option value=${id}>${name}</option>`)}
            </select>`,
          )
    }
    ${choices({
      name: "events",
      legend: t("What it is told"),
      options: WEBHOOK_EVENTS.map((event) => [event, eventWords(event)] as const),
      chosen: webhook?.events ?? ["message.created"],
    })}`;
  }
}
customElements.define("webhook-dialog", WebhookDialog);
declare global {
  interface HTMLElementTagNameMap {
    "webhook-dialog": WebhookDialog;
  }
}
