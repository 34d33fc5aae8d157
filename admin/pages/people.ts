import { html, nothing, type TemplateResult } from "lit";
import type { Client, User } from "../../protocol/resources.ts";
import { deleteUser, listUsers } from "../api.ts";
import { t } from "../i18n/i18n.ts";
import { allCompanies } from "../parts/all-companies.ts";
import { deleteListed } from "../parts/delete-listed.ts";
import { icon } from "../parts/icons.ts";
import { LightElement } from "../parts/light-element.ts";
import { PagedLoader, pagedList } from "../parts/paged-loader.ts";
import "../parts/person-dialog.ts";
import { emptyState } from "../parts/states.ts";
import { setTitle } from "../parts/title.ts";
import { toast } from "../parts/toast.ts";
import { account, refreshAccount } from "../session.ts";

const PAGE = 20;

/** The people who sign in, for administrators. */
export class PeoplePage extends LightElement {
  #people = new PagedLoader<User>(this);
  /** By their names people are told apart, and chosen for them in the dialog. */
  #companies: readonly Client[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    setTitle(t("People"));
    void this.#load();
  }
  #load(): Promise<void> {
    return this.#people.run(async (signal) => {
      const [page, companies] = await Promise.all([listUsers({ limit: PAGE }, signal), allCompanies(signal)]);
      this.#companies = companies;
      return page;
    });
  }
  #edit(person: User | null): void {
    void this.querySelector("person-dialog")?.open(person);
  }
  #saved(person: User): void {
    this.#people.put(person);
    toast(t("Saved."));
    if (person.id === account().id) void refreshAccount();
  }
  #delete({ id, name, email }: User): Promise<void> {
    return deleteListed(this, this.#people, {
      id,
      name: name ?? email,
      text: t("{email} is signed out at once and cannot sign in any more. This cannot be undone.", { email }),
      action: t("Delete person"),
      remove: deleteUser,
      reload: () => this.#load(),
    });
  }

  override render(): TemplateResult {
    return html`<header class="page-head">
        <h1>${t("People")}</h1>
        ${this.#people.value?.data.length ? this.#addButton() : nothing}
      </header>
      ${this.#body()}
      <person-dialog
        .companies=${this.#companies}
        @person-saved=${(event: CustomEvent<User>) => this.#saved(event.detail)}
      ></person-dialog>`;
  }
  #addButton(): TemplateResult {
    return html`<button type="button" class="button is-primary" @click=${() => this.#edit(null)}>
      ${icon("plus")}<span>${t("New person")}</span>
    </button>`;
  }
  #body(): TemplateResult {
    return pagedList(this.#people, {
      label: t("People"),
      loading: t("Loading people"),
      skeletonRows: 5,
      reload: () => void this.#load(),
      more: (cursor) => listUsers({ limit: PAGE, cursor }),
      empty: () =>
        emptyState(t("No people yet"), t("Add the people who manage agents or answer conversations here."), this.#addButton()),
      row: (person) => this.#row(person),
    });
  }
  #row(person: User): TemplateResult {
    const name = person.name ?? person.email;
    const isOneself = person.id === account().id;
    return html`<li class="row is-static">
      <span class="avatar" aria-hidden="true">${[...name][0] ?? ""}</span>
      <div class="row-main">
        <h2 class="row-title" dir="auto">${name}</h2>
        ${person.name === null ? nothing : html`<p class="row-text"><bdi>${person.email}</bdi></p>`}
        <p class="row-tags">
          <span class="pill ${person.role === "admin" ? "is-active" : ""}"
            >${person.role === "admin" ? t("Administrator") : t("Member")}</span
          >
          ${person.role === "client" ? html`<bdi>${this.#companyName(person)}</bdi>` : nothing}
          ${isOneself ? html`<span>${t("This is you")}</span>` : nothing}
        </p>
      </div>
      <div class="row-actions">
        <button
          type="button"
          class="button is-quiet is-icon"
          aria-label=${t("Edit {name}", { name })}
          @click=${() => this.#edit(person)}
        >
          ${icon("edit")}
        </button>
        ${
          isOneself
            ? nothing
            : html`<button
                type="button"
                class="button is-quiet is-icon"
                aria-label=${t("Delete {name}", { name })}
                @click=${() => this.#delete(person)}
              >
                ${icon("trash")}
              </button>`
        }
      </div>
    </li>`;
  }
  #companyName(person: User): string {
    if (person.client_id === null) return t("Without a company");
    return this.#companies.find(({ id }) => id === person.client_id)?.name ?? "";
  }
}

customElements.define("people-page", PeoplePage);
