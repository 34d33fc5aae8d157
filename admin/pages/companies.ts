import { html, nothing, type TemplateResult } from "lit";
import type { Client } from "../../protocol/resources.ts";
import { deleteClient, listClients } from "../api.ts";
import { language, t } from "../i18n/i18n.ts";
import "../parts/company-dialog.ts";
import { deleteListed } from "../parts/delete-listed.ts";
import { icon } from "../parts/icons.ts";
import { LightElement } from "../parts/light-element.ts";
import { PagedLoader, pagedList } from "../parts/paged-loader.ts";
import { emptyState } from "../parts/states.ts";
import { setTitle } from "../parts/title.ts";
import { toast } from "../parts/toast.ts";

const PAGE = 20;

/** The companies that agents and members belong to, for administrators. */
export class CompaniesPage extends LightElement {
  #companies = new PagedLoader<Client>(this);

  override connectedCallback(): void {
    super.connectedCallback();
    setTitle(t("Companies"));
    void this.#load();
  }
  #load(): Promise<void> {
    return this.#companies.run((signal) => listClients({ limit: PAGE }, signal));
  }
  #edit(company: Client | null): void {
    void this.querySelector("company-dialog")?.open(company);
  }
  #delete({ id, name }: Client): Promise<void> {
    return deleteListed(this, this.#companies, {
      id,
      name,
      text: t(
        "Its agents and their conversations are deleted with it. Its people stay, without a company. This cannot be undone.",
      ),
      action: t("Delete company"),
      remove: deleteClient,
      reload: () => this.#load(),
    });
  }

  override render(): TemplateResult {
    return html`<header class="page-head">
        <h1>${t("Companies")}</h1>
        ${this.#companies.value?.data.length ? this.#addButton() : nothing}
      </header>
      ${this.#body()}
      <company-dialog
        @company-saved=${(event: CustomEvent<Client>) => {
          this.#companies.put(event.detail);
          toast(t("Saved."));
        }}
      ></company-dialog>`;
  }
  #addButton(): TemplateResult {
    return html`<button type="button" class="button is-primary" @click=${() => this.#edit(null)}>
      ${icon("plus")}<span>${t("New company")}</span>
    </button>`;
  }
  #body(): TemplateResult {
    return pagedList(this.#companies, {
      label: t("Companies"),
      loading: t("Loading companies"),
      skeletonRows: 5,
      reload: () => void this.#load(),
      more: (cursor) => listClients({ limit: PAGE, cursor }),
      empty: () =>
        emptyState(
          t("No companies yet"),
          t("Every agent belongs to a company, and its members see the agents of their company."),
          this.#addButton(),
        ),
      row: (company) => this.#row(company),
    });
  }
  #row(company: Client): TemplateResult {
    const { name, created_at: createdAt } = company;
    const date = new Date(createdAt).toLocaleDateString(language, { dateStyle: "medium" });
    return html`<li class="row is-static">
      <span class="avatar" aria-hidden="true">${[...name][0] ?? ""}</span>
      <div class="row-main">
        <h2 class="row-title" dir="auto">${name}</h2>
        <p class="row-text"><time datetime=${createdAt}>${t("Since {date}", { date })}</time></p>
      </div>
      <div class="row-actions">
        <button
          type="button"
          class="button is-quiet is-icon"
          aria-label=${t("Edit {name}", { name })}
          @click=${() => this.#edit(company)}
        >
          ${icon("edit")}
        </button>
        <button
          type="button"
          class="button is-quiet is-icon"
          aria-label=${t("Delete {name}", { name })}
          @click=${() => this.#delete(company)}
        >
          ${icon("trash")}
        </button>
      </div>
    </li>`;
  }
}
customElements.define("companies-page", CompaniesPage);
