import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { AUDIT_ACTIONS, type AuditAction } from "../../protocol/codes.ts";
import type { AuditEntry } from "../../protocol/resources.ts";
import { listChanges } from "../api.ts";
import { t } from "../i18n/i18n.ts";
import { LightElement } from "../parts/light-element.ts";
import { PagedLoader, pagedList } from "../parts/paged-loader.ts";
import { emptyState } from "../parts/states.ts";
import { setTitle } from "../parts/title.ts";
import { fullTime, timeAgo } from "../parts/words.ts";
import { query } from "../request.ts";
import { navigate } from "../router.ts";

const PAGE = 50;

const actionWords = (): Record<AuditAction, string> => ({
  "agent.created": t("Agent created"),
  "agent.changed": t("Agent changed"),
  "agent.published": t("Agent published"),
  "agent.paused": t("Agent paused"),
  "agent.deleted": t("Agent deleted"),
  "agent.secret_rotated": t("New identity secret"),
  "sub_agent.created": t("Sub-agent created"),
  "sub_agent.changed": t("Sub-agent changed"),
  "sub_agent.deleted": t("Sub-agent deleted"),
  "client.created": t("Company created"),
  "client.changed": t("Company changed"),
  "client.deleted": t("Company deleted"),
  "user.created": t("Person created"),
  "user.changed": t("Person changed"),
  "user.deleted": t("Person deleted"),
  "api_key.created": t("API key created"),
  "api_key.revoked": t("API key revoked"),
  "webhook.created": t("Webhook created"),
  "webhook.changed": t("Webhook changed"),
  "webhook.deleted": t("Webhook deleted"),
  "webhook.secret_rotated": t("New webhook secret"),
  "canned_reply.created": t("Canned reply created"),
  "canned_reply.changed": t("Canned reply changed"),
  "canned_reply.deleted": t("Canned reply deleted"),
  "visitor.exported": t("Visitor exported"),
  "visitor.erased": t("Visitor erased"),
});

/** Words of the fields that people know from forms. Others are named as in the API. */
const fieldWords = (): Record<string, string> => ({
  name: t("Name"),
  description: t("Description"),
  model: t("Model"),
  system_prompt: t("Prompt"),
  topics: t("Topics"),
  is_active: t("Active"),
  status: t("Status"),
  role: t("Role"),
  client_id: t("Company"),
  email: t("E-mail"),
  shortcut: t("Shortcut"),
  content: t("Text"),
  url: t("Address"),
  "config.allowed_origins": t("Allowed websites"),
  "config.greeting": t("Greeting"),
  "config.starters": t("Conversation starters"),
  "config.appearance": t("Appearance"),
  "config.locale": t("Language"),
  "config.limits": t("Limits of a day"),
  "config.step_1_data": t("Name"),
  "config.step_2_data": t("Personality"),
  "config.consent": t("What visitors agree to before they write"),
  "config.retention_days": t("Days until conversations are deleted"),
});
/** Each once: two fields of a row may be one of a form. */
function nameFields(names: readonly string[], words: Record<string, string>): TemplateResult {
  const shown = new Map(names.map((name) => (Object.hasOwn(words, name) ? [words[name]!, true] : [name, false])));
  return html`${[...shown].map(([name, isWord], at) => html`${at > 0 ? ", " : ""}${isWord ? name : html`<code translate="no">${name}</code>`}`)}`;
}

/** Who changed what, for administrators. Filters live in the address. */
export class ChangesPage extends LightElement {
  static override properties = { action: {}, object: {} };
  declare action: string;
  /** Id; empty: of everything. */
  declare object: string;
  #changes = new PagedLoader<AuditEntry>(this);

  constructor() {
    super();
    this.action = "";
    this.object = "";
  }
  override connectedCallback(): void {
    super.connectedCallback();
    setTitle(t("Changes"));
  }
  override willUpdate(changed: PropertyValues): void {
    if (changed.has("action") || changed.has("object")) void this.#load();
  }
  get #filter() {
    return { action: this.action, object_id: this.object, limit: PAGE };
  }
  #load(): Promise<void> {
    return this.#changes.run((signal) => listChanges(this.#filter, signal));
  }

  override render(): TemplateResult {
    const [words, fields] = [actionWords(), fieldWords()];
    return html`<header class="page-head"><h1>${t("Changes")}</h1></header>
      <p class="muted">${t("Who changed what in the last year. What stood in a field is not kept.")}</p>
      <div class="toolbar">
        <select
          aria-label=${t("Kind of change")}
          .value=${this.action}
          @change=${(event: Event) =>
            navigate(`/changes${query({ action: (event.target as HTMLSelectElement).value, object: this.object })}`)}
        >
          <option value="" ?selected=${this.action === ""}>${t("All changes")}</option>
          ${AUDIT_ACTIONS.map(
            (action) => html`<option value=${action} ?selected=${this.action === action}>${words[action]}</option>`,
          )}
        </select>
        ${
          this.object || this.action
            ? html`<a class="button is-quiet" href="/admin/changes">${t("Show all changes")}</a>`
            : nothing
        }
      </div>
      ${this.#body(words, fields)}`;
  }
  #body(words: Record<string, string>, fields: Record<string, string>): TemplateResult {
    return pagedList(this.#changes, {
      label: t("Changes"),
      loading: t("Loading changes"),
      skeletonRows: 6,
      reload: () => void this.#load(),
      more: (cursor) => listChanges({ ...this.#filter, cursor }),
      empty: () =>
        this.object || this.action
          ? emptyState(t("No such changes"), t("Nothing of this kind was changed in the last year."))
          : emptyState(t("No changes yet"), t("What people change in this panel is written down here.")),
      row: (entry) => this.#row(entry, words, fields),
    });
  }
  #row(entry: AuditEntry, words: Record<string, string>, fields: Record<string, string>): TemplateResult {
    const name = entry.object_name;
    return html`<li class="row is-static">
      <div class="row-main">
        <h2 class="row-title" dir="auto">${words[entry.action]}${name === null ? nothing : html`: <bdi>${name}</bdi>`}</h2>
        ${entry.fields.length > 0 ? html`<p class="row-text">${nameFields(entry.fields, fields)}</p>` : nothing}
        <p class="row-tags">
          <bdi>${entry.actor_name ?? entry.actor_id}</bdi>
          <time datetime=${entry.created_at} title=${fullTime(entry.created_at)}>${timeAgo(entry.created_at)}</time>
        </p>
      </div>
      ${
        this.object
          ? nothing
          : html`<div class="row-actions">
              <a class="button is-quiet" href="/admin/changes${query({ object: entry.object_id })}"
                >${t("History")}<span class="visually-hidden">: ${name ?? words[entry.action]}</span></a
              >
            </div>`
      }
    </li>`;
  }
}
customElements.define("changes-page", ChangesPage);
