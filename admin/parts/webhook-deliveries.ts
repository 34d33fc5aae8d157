import { html, nothing, type TemplateResult } from "lit";
import type { Webhook, WebhookDelivery } from "../../protocol/resources.ts";
import { listDeliveries, replayDelivery, testWebhook } from "../api.ts";
import { t } from "../i18n/i18n.ts";
import { errorWords } from "../request.ts";
import { icon } from "./icons.ts";
import { LightElement } from "./light-element.ts";
import { PagedLoader, pagedList } from "./paged-loader.ts";
import { emptyState } from "./states.ts";
import { toast } from "./toast.ts";
import { fullTime } from "./words.ts";

const PAGE = 20;
/** While something is under way. */
const LOOK_AGAIN_MS = 2000;

/** What was sent to one webhook in the last 30 days, with a way to send it again. */
export class WebhookDeliveries extends LightElement {
  static override properties = { webhook: { state: true }, isBusy: { state: true } };
  declare webhook: Webhook | null;
  declare isBusy: boolean;
  #deliveries = new PagedLoader<WebhookDelivery>(this);
  #timer: number | undefined;

  constructor() {
    super();
    this.webhook = null;
    this.isBusy = false;
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }
  async open(webhook: Webhook): Promise<void> {
    this.webhook = webhook;
    void this.#load();
    await this.updateComplete;
    this.querySelector("dialog")!.showModal();
  }
  async #load(): Promise<void> {
    clearTimeout(this.#timer);
    const { webhook } = this;
    if (!webhook) return;
    await this.#deliveries.run((signal) => listDeliveries(webhook.id, { limit: PAGE }, signal));
    const isUnderWay = this.#deliveries.value?.data.some(({ status, error }) => status === "pending" && error === null);
    if (isUnderWay && webhook.is_active) this.#lookAgain();
  }
  #lookAgain(): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#load(), LOOK_AGAIN_MS);
  }
  #close(): void {
    clearTimeout(this.#timer);
    this.webhook = null;
  }
  async #send(work: () => Promise<WebhookDelivery>): Promise<void> {
    this.isBusy = true;
    try {
      this.#deliveries.put(await work());
      this.#lookAgain();
    } catch (err) {
      toast(errorWords(err));
    }
    this.isBusy = false;
  }

  override render(): TemplateResult | typeof nothing {
    const { webhook } = this;
    if (!webhook) return nothing;
    return html`<dialog class="dialog" aria-labelledby="deliveries-title" @close=${this.#close}>
      <div class="form">
        <header class="dialog-head">
          <h2 id="deliveries-title">${t("Deliveries")}</h2>
          <button
            type="button"
            class="button is-quiet is-icon"
            aria-label=${t("Close")}
            @click=${() => this.querySelector("dialog")!.close()}
          >
            ${icon("close")}
          </button>
        </header>
        <p class="row-text"><bdi>${webhook.url}</bdi></p>
        ${
          webhook.is_active
            ? html`<div class="form-actions">
                <button
                  type="button"
                  class="button"
                  ?disabled=${this.isBusy}
                  @click=${() => void this.#send(() => testWebhook(webhook.id))}
                >
                  ${t("Send a test")}
                </button>
              </div>`
            : nothing
        }
        ${this.#list(webhook)}
      </div>
    </dialog>`;
  }
  #list(webhook: Webhook): TemplateResult {
    return pagedList(this.#deliveries, {
      label: t("Deliveries"),
      loading: t("Loading deliveries"),
      skeletonRows: 3,
      className: "list",
      reload: () => void this.#load(),
      more: (cursor) => listDeliveries(webhook.id, { limit: PAGE, cursor }),
      empty: () =>
        emptyState(t("Nothing was sent yet"), t("Send a test, or wait until something happens that this webhook is told of.")),
      row: (delivery) => this.#row(webhook, delivery),
    });
  }
  #row(webhook: Webhook, delivery: WebhookDelivery): TemplateResult {
    const words = { pending: t("Waiting"), delivered: t("Delivered"), failed: t("Failed") };
    const look = { pending: "", delivered: "is-active", failed: "is-warn" };
    const time = fullTime(delivery.created_at);
    return html`<li class="row is-static">
      <div class="row-main">
        <h3 class="row-title"><code translate="no">${delivery.type}</code></h3>
        <p class="row-text"><time datetime=${delivery.created_at}>${time}</time></p>
        ${delivery.error === null ? nothing : html`<p class="row-text">${delivery.error} ${this.#nextWords(delivery)}</p>`}
        <p class="row-tags"><span class="pill ${look[delivery.status]}">${words[delivery.status]}</span></p>
      </div>
      ${
        webhook.is_active
          ? html`<div class="row-actions">
              <button
                type="button"
                class="button"
                ?disabled=${this.isBusy}
                aria-label=${t("Send again: {event} of {time}", { event: delivery.type, time })}
                @click=${() => void this.#send(() => replayDelivery(webhook.id, delivery.id))}
              >
                ${t("Send again")}
              </button>
            </div>`
          : nothing
      }
    </li>`;
  }
  #nextWords({ next_attempt_at: next }: WebhookDelivery): string {
    return next === null ? "" : t("Next try: {time}.", { time: fullTime(next) });
  }
}
customElements.define("webhook-deliveries", WebhookDeliveries);
declare global {
  interface HTMLElementTagNameMap {
    "webhook-deliveries": WebhookDeliveries;
  }
}
