import { html, nothing, type TemplateResult } from "lit";
import type { Client, NewWebhook, Webhook } from "../../protocol/resources.ts";
import { deleteWebhook, listWebhooks, rotateWebhookSecret, updateWebhook } from "../api.ts";
import { t } from "../i18n/i18n.ts";
import { errorWords } from "../request.ts";
import { allCompanies } from "./all-companies.ts";
import { confirmAction } from "./confirm.ts";
import { deleteListed } from "./delete-listed.ts";
import { icon } from "./icons.ts";
import { LightElement } from "./light-element.ts";
import { PagedLoader, pagedList } from "./paged-loader.ts";
import { shownOnce } from "./shown-once.ts";
import { emptyState } from "./states.ts";
import { toast } from "./toast.ts";
import "./webhook-deliveries.ts";
import { eventWords } from "./webhook-dialog.ts";
import { fullTime } from "./words.ts";

const PAGE = 20;

/** Who is told of what happens. A new secret is shown until somebody says that it is kept. */
export class WebhookList extends LightElement {
  static override properties = { made: { state: true } };
  declare made: NewWebhook | null;
  #webhooks = new PagedLoader<Webhook>(this);
  #companies: readonly Client[] = [];

  constructor() {
    super();
    this.made = null;
  }
  override connectedCallback(): void {
    super.connectedCallback();
    void this.#load();
  }
  #load(): Promise<void> {
    return this.#webhooks.run(async (signal) => {
      const [page, companies] = await Promise.all([listWebhooks({ limit: PAGE }, signal), allCompanies(signal)]);
      this.#companies = companies;
      return page;
    });
  }
  #keep(saved: Webhook | NewWebhook): void {
    if ("secret" in saved) {
      const { secret: _, ...listed } = saved;
      this.#webhooks.put(listed);
      this.made = saved;
    } else {
      this.#webhooks.put(saved);
      toast(t("Saved."));
    }
  }
  async #switch(webhook: Webhook, event: Event): Promise<void> {
    const box = event.currentTarget as HTMLInputElement;
    try {
      this.#webhooks.put(await updateWebhook(webhook.id, { is_active: box.checked }));
    } catch (err) {
      box.checked = webhook.is_active;
      toast(errorWords(err));
    }
  }
  async #rotate({ id, url }: Webhook): Promise<void> {
    const isSure = await confirmAction({
      title: t("New secret for “{name}”?", { name: url }),
      text: t(
        "Deliveries are signed with both secrets for 24 hours: give your server the new one until then. A secret that was changed before does not sign any more.",
      ),
      action: t("Make a new secret"),
    });
    if (!isSure) return;
    try {
      this.#keep(await rotateWebhookSecret(id));
    } catch (err) {
      toast(errorWords(err));
    }
  }
  #delete({ id, url }: Webhook): Promise<void> {
    if (this.made?.id === id) this.made = null;
    return deleteListed(this, this.#webhooks, {
      id,
      name: url,
      text: t("It is not told of anything any more, and its deliveries are deleted. This cannot be undone."),
      action: t("Delete webhook"),
      remove: deleteWebhook,
      reload: () => this.#load(),
    });
  }

  override render(): TemplateResult {
    const { made } = this;
    return html`<section aria-labelledby="webhooks-title">
      <header class="page-head">
        <h2 id="webhooks-title">${t("Webhooks")}</h2>
        ${this.#webhooks.value?.data.length ? this.#addButton() : nothing}
      </header>
      ${
        made
          ? shownOnce({
              label: t("The secret of {name}", { name: made.url }),
              secret: made.secret,
              hint: t("This is the only time it is shown. Your server checks with it that what comes is from here."),
              copy: t("Copy secret"),
              onDone: () => (this.made = null),
            })
          : nothing
      }
      ${this.#body()}
      <webhook-dialog
        .companies=${this.#companies}
        @webhook-saved=${(event: CustomEvent<Webhook | NewWebhook>) => this.#keep(event.detail)}
      ></webhook-dialog>
      <webhook-deliveries></webhook-deliveries>
    </section>`;
  }
  #addButton(): TemplateResult {
    return html`<button
      type="button"
      class="button is-primary"
      @click=${() => void this.querySelector("webhook-dialog")?.open(null)}
    >
      ${icon("plus")}<span>${t("New webhook")}</span>
    </button>`;
  }
  #body(): TemplateResult {
    return pagedList(this.#webhooks, {
      label: t("Webhooks"),
      loading: t("Loading webhooks"),
      skeletonRows: 3,
      reload: () => void this.#load(),
      more: (cursor) => listWebhooks({ limit: PAGE, cursor }),
      empty: () =>
        emptyState(
          t("No webhooks yet"),
          t("Your own server can be told when something happens here: a message, a hand-over, a new agent."),
          this.#addButton(),
        ),
      row: (webhook) => this.#row(webhook),
    });
  }
  #row(webhook: Webhook): TemplateResult {
    const { url } = webhook;
    return html`<li class="row is-static">
      <div class="row-main">
        <h3 class="row-title"><bdi>${url}</bdi></h3>
        <p class="row-text">
          <bdi>${this.#companies.find(({ id }) => id === webhook.client_id)?.name ?? ""}</bdi> ${this.#stateWords(webhook)}
        </p>
        <p class="row-tags">${webhook.events.map((event) => html`<span class="pill">${eventWords(event)}</span>`)}</p>
      </div>
      <div class="row-actions">
        <label class="switch">
          <input
            type="checkbox"
            role="switch"
            aria-label=${t("Tell {name}", { name: url })}
            .checked=${webhook.is_active}
            @change=${(event: Event) => void this.#switch(webhook, event)}
          />
          <span aria-hidden="true">${webhook.is_active ? t("Active") : t("Off")}</span>
        </label>
        <button
          type="button"
          class="button"
          aria-label=${t("Deliveries to {name}", { name: url })}
          @click=${() => void this.querySelector("webhook-deliveries")?.open(webhook)}
        >
          ${t("Deliveries")}
        </button>
        <button
          type="button"
          class="button"
          aria-label=${t("New secret for {name}", { name: url })}
          @click=${() => void this.#rotate(webhook)}
        >
          ${t("New secret")}
        </button>
        <button
          type="button"
          class="button is-quiet is-icon"
          aria-label=${t("Edit {name}", { name: url })}
          @click=${() => void this.querySelector("webhook-dialog")?.open(webhook)}
        >
          ${icon("edit")}
        </button>
        <button
          type="button"
          class="button is-quiet is-icon"
          aria-label=${t("Delete {name}", { name: url })}
          @click=${() => void this.#delete(webhook)}
        >
          ${icon("trash")}
        </button>
      </div>
    </li>`;
  }
  #stateWords(webhook: Webhook): string {
    if (webhook.disabled_reason === "gone") return t("Switched off, because the address said that it is gone for good.");
    if (webhook.disabled_reason === "failing") return t("Switched off, because nothing was taken for days.");
    if (webhook.failing_since !== null) return t("Nothing was taken since {time}.", { time: fullTime(webhook.failing_since) });
    if (webhook.former_secret_until !== null) {
      return t("The former secret signs too until {time}.", { time: fullTime(webhook.former_secret_until) });
    }
    return "";
  }
}
customElements.define("webhook-list", WebhookList);
