import { html, nothing, type TemplateResult } from "lit";
import type { ApiKey, Client, NewApiKey } from "../../protocol/resources.ts";
import { listApiKeys, revokeApiKey } from "../api.ts";
import { t } from "../i18n/i18n.ts";
import { allCompanies } from "./all-companies.ts";
import { scopeWords } from "./api-key-dialog.ts";
import { deleteListed } from "./delete-listed.ts";
import { icon } from "./icons.ts";
import { LightElement } from "./light-element.ts";
import { PagedLoader, pagedList } from "./paged-loader.ts";
import { shownOnce } from "./shown-once.ts";
import { emptyState } from "./states.ts";
import { fullTime, timeAgo } from "./words.ts";

const PAGE = 20;

/** What programs sign in with. A new key is shown until somebody says that it is kept, or leaves the page. */
export class ApiKeys extends LightElement {
  static override properties = { made: { state: true } };
  declare made: NewApiKey | null;
  #keys = new PagedLoader<ApiKey>(this);
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
    return this.#keys.run(async (signal) => {
      const [page, companies] = await Promise.all([listApiKeys({ limit: PAGE }, signal), allCompanies(signal)]);
      this.#companies = companies;
      return page;
    });
  }
  #keep(made: NewApiKey): void {
    const { key: _, ...listed } = made;
    this.#keys.put(listed);
    this.made = made;
  }
  #revoke({ id, name }: ApiKey): Promise<void> {
    if (this.made?.id === id) this.made = null;
    return deleteListed(this, this.#keys, {
      id,
      name,
      title: t("Revoke “{name}”?", { name }),
      text: t("Programs that use this key are refused at once. This cannot be undone."),
      action: t("Revoke key"),
      remove: revokeApiKey,
      reload: () => this.#load(),
    });
  }

  override render(): TemplateResult {
    const { made } = this;
    return html`<section aria-labelledby="api-keys-title">
      <header class="page-head">
        <h2 id="api-keys-title">${t("API keys")}</h2>
        ${this.#keys.value?.data.length ? this.#addButton() : nothing}
      </header>
      ${
        made
          ? shownOnce({
              label: t("The new key “{name}”", { name: made.name }),
              secret: made.key,
              hint: t("This is the only time it is shown. Keep it where your program finds it, never in a page."),
              copy: t("Copy key"),
              onDone: () => (this.made = null),
            })
          : nothing
      }
      ${this.#body()}
      <api-key-dialog
        .companies=${this.#companies}
        @api-key-made=${(event: CustomEvent<NewApiKey>) => this.#keep(event.detail)}
      ></api-key-dialog>
    </section>`;
  }
  #addButton(): TemplateResult {
    return html`<button
      type="button"
      class="button is-primary"
      @click=${() => void this.querySelector("api-key-dialog")?.open(null)}
    >
      ${icon("plus")}<span>${t("New API key")}</span>
    </button>`;
  }
  #body(): TemplateResult {
    return pagedList(this.#keys, {
      label: t("API keys"),
      loading: t("Loading API keys"),
      skeletonRows: 3,
      reload: () => void this.#load(),
      more: (cursor) => listApiKeys({ limit: PAGE, cursor }),
      empty: () =>
        emptyState(
          t("No API keys yet"),
          t("A program signs in with a key in place of a person, and does only what you let it."),
          this.#addButton(),
        ),
      row: (key) => this.#row(key),
    });
  }
  #row(key: ApiKey): TemplateResult {
    return html`<li class="row is-static">
      <div class="row-main">
        <h3 class="row-title" dir="auto">${key.name}</h3>
        <p class="row-text"><code translate="no">${key.prefix}…</code> · <bdi>${this.#companyName(key)}</bdi></p>
        <p class="row-text">${this.#useWords(key)} ${this.#endWords(key)}</p>
        <p class="row-tags">${key.scopes.map((scope) => html`<span class="pill">${scopeWords(scope)}</span>`)}</p>
      </div>
      <div class="row-actions">
        <button
          type="button"
          class="button is-quiet is-icon"
          aria-label=${t("Revoke {name}", { name: key.name })}
          @click=${() => this.#revoke(key)}
        >
          ${icon("trash")}
        </button>
      </div>
    </li>`;
  }
  #companyName(key: ApiKey): string {
    if (key.client_id === null) return t("All companies");
    return this.#companies.find(({ id }) => id === key.client_id)?.name ?? "";
  }
  #useWords({ last_used_at: used }: ApiKey): string {
    return used === null ? t("Never used.") : t("Last used: {time}.", { time: timeAgo(used) });
  }
  #endWords({ expires_at: end }: ApiKey): string {
    if (end === null) return "";
    const time = fullTime(end);
    return Date.parse(end) < Date.now() ? t("Ended on {time}.", { time }) : t("Ends on {time}.", { time });
  }
}
customElements.define("api-keys", ApiKeys);
