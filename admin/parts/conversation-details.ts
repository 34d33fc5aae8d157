import { html, nothing, type TemplateResult } from "lit";
import type { InboxConversation } from "../../protocol/resources.ts";
import { eraseVisitor, exportConversation, exportVisitor } from "../api.ts";
import { language, t } from "../i18n/i18n.ts";
import { Following } from "../live/store.ts";
import type { Thread } from "../live/thread.ts";
import { errorWords } from "../request.ts";
import { confirmAction } from "./confirm.ts";
import { icon } from "./icons.ts";
import { LightElement } from "./light-element.ts";
import { saveFile } from "./save-file.ts";
import { toast } from "./toast.ts";
import { fullTime } from "./words.ts";

/**
 * Who writes, from where, and what can be done with it.
 *
 * @fires about-closed
 * @fires visitor-erased
 */
export class ConversationDetails extends LightElement {
  static override properties = {
    thread: { attribute: false },
    agents: { attribute: false },
    isBusy: { state: true },
  };
  declare thread: Thread;
  declare agents: readonly { id: string; name: string }[];
  declare isBusy: boolean;

  constructor() {
    super();
    new Following(this, () => this.thread);
    this.agents = [];
    this.isBusy = false;
  }
  async #do(work: () => Promise<unknown>): Promise<void> {
    this.isBusy = true;
    try {
      await work();
    } catch (err) {
      toast(errorWords(err));
    }
    this.isBusy = false;
  }
  #export(format: "txt" | "json"): void {
    void this.#do(async () =>
      saveFile(await exportConversation(this.thread.id, format), `conversation-${this.thread.id}.${format}`),
    );
  }
  async #erase({ visitor, visitor_id }: InboxConversation): Promise<void> {
    const name = visitor?.name ?? visitor?.email ?? t("this visitor");
    const isSure = await confirmAction({
      title: t("Erase {name}?", { name }),
      text: t(
        "All conversations of this visitor, with messages, notes and files of traces, are deleted for ever. This cannot be undone.",
      ),
      action: t("Erase"),
      isDangerous: true,
    });
    if (!isSure) return;
    await this.#do(async () => {
      await eraseVisitor(visitor_id!);
      toast(t("The visitor was erased."));
      this.dispatchEvent(new CustomEvent("visitor-erased"));
    });
  }

  override render(): TemplateResult | typeof nothing {
    const { conversation } = this.thread;
    if (!conversation) return nothing;
    const { visitor, source, meta, page_url, locale, widget_version, visitor_id, created_at, agent_id } = conversation;
    const agent = this.agents.find(({ id }) => id === agent_id)?.name;
    const facts: [string, unknown][] = [
      [t("Agent"), agent ? html`<a href="/admin/agents/${agent_id}"><bdi>${agent}</bdi></a>` : null],
      [t("E-mail"), visitor?.email ? html`<bdi>${visitor.email}</bdi>` : null],
      [t("Page"), page_url ? html`<bdi class="is-wrapping">${page_url}</bdi>` : null],
      [t("Source"), source ? html`<bdi>${source}</bdi>` : null],
      [t("Language"), locale ? languageName(locale) : null],
      [t("Began"), html`<time datetime=${created_at}>${fullTime(created_at)}</time>`],
      [t("Widget"), widget_version],
    ];
    return html`<aside class="desk-about card" aria-label=${t("About the visitor")}>
      <header class="about-head">
        <h2><bdi>${visitor?.name ?? t("Visitor without a name")}</bdi></h2>
        <button
          type="button"
          class="button is-quiet is-icon about-close"
          aria-label=${t("Close")}
          @click=${() => this.dispatchEvent(new CustomEvent("about-closed"))}
        >
          ${icon("close")}
        </button>
      </header>
      ${
        visitor?.name || visitor?.verified
          ? visitor.verified
            ? html`<p><span class="pill is-active" title=${t("Your website has signed who this is.")}>${t("verified")}</span></p>`
            : html`<p>
                <span class="pill is-inactive" title=${t("The visitor's page said so; anybody could have.")}
                  >${t("unverified")}</span
                >
              </p>`
          : nothing
      }
      <dl class="facts">
        ${[...facts, ...Object.entries(meta)].map(([name, value]) =>
          value
            ? html`<div>
                <dt><bdi>${name}</bdi></dt>
                <dd>${typeof value === "string" ? html`<bdi class="is-wrapping">${value}</bdi>` : value}</dd>
              </div>`
            : nothing,
        )}
      </dl>
      <div class="about-actions">
        <button type="button" class="button" ?disabled=${this.isBusy} @click=${() => this.#export("txt")}>
          ${icon("download")} ${t("Export as text")}
        </button>
        <button type="button" class="button" ?disabled=${this.isBusy} @click=${() => this.#export("json")}>
          ${icon("download")} ${t("Export as JSON")}
        </button>
        ${
          visitor_id
            ? html`<button
                  type="button"
                  class="button"
                  ?disabled=${this.isBusy}
                  @click=${() => this.#do(async () => saveFile(await exportVisitor(visitor_id), `visitor-${visitor_id}.json`))}
                >
                  ${icon("download")} ${t("Export visitor")}
                </button>
                <button
                  type="button"
                  class="button is-danger-quiet"
                  ?disabled=${this.isBusy}
                  @click=${() => this.#erase(conversation)}
                >
                  ${icon("trash")} ${t("Erase visitor")}
                </button>`
            : nothing
        }
      </div>
    </aside>`;
  }
}

function languageName(tag: string): string {
  try {
    return new Intl.DisplayNames([language], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}
customElements.define("conversation-details", ConversationDetails);
