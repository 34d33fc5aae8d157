import { html, nothing, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { repeat } from "lit/directives/repeat.js";
import type { CannedReply } from "../../protocol/resources.ts";
import { createCannedReply, deleteCannedReply, listCannedReplies, updateCannedReply } from "../api.ts";
import { t } from "../i18n/i18n.ts";
import { field, textOf } from "./field.ts";
import { showIssues } from "./form-issues.ts";
import { icon } from "./icons.ts";
import { LightElement } from "./light-element.ts";
import { Loader } from "./loader.ts";
import { errorState, formError, skeleton } from "./states.ts";
import { toast } from "./toast.ts";
import { errorWords } from "../request.ts";

/**
 * The company's canned replies: list, add, change, delete.
 *
 * @fires canned-changed - detail: all of them
 */
export class CannedDialog extends LightElement {
  static override properties = {
    edited: { state: true },
    round: { state: true },
    error: { state: true },
    isBusy: { state: true },
    isOpen: { state: true },
  };
  /** The one in the form; null: a new one. */
  declare edited: CannedReply | null;
  /** Counts forms: each begins fresh. */
  declare round: number;
  declare error: string;
  declare isBusy: boolean;
  declare isOpen: boolean;
  #replies = new Loader<readonly CannedReply[]>(this);

  constructor() {
    super();
    this.edited = null;
    this.round = 0;
    this.error = "";
    this.isBusy = false;
    this.isOpen = false;
  }
  get #dialog(): HTMLDialogElement {
    return this.querySelector("dialog")!;
  }
  open(): void {
    this.isOpen = true;
    this.#edit(null);
    void this.#load();
    void this.updateComplete.then(() => this.#dialog.showModal());
  }
  #load(): Promise<void> {
    return this.#replies.run(async () => (await listCannedReplies()).data);
  }
  #edit(reply: CannedReply | null): void {
    this.edited = reply;
    this.error = "";
    this.round++;
  }
  #put(replies: readonly CannedReply[]): void {
    const sorted = replies.toSorted((a, b) => a.shortcut.localeCompare(b.shortcut));
    this.#replies.set(sorted);
    this.dispatchEvent(new CustomEvent("canned-changed", { detail: sorted }));
  }
  async #save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const body = { shortcut: textOf(form, "shortcut").toLowerCase(), content: textOf(form, "content") };
    this.isBusy = true;
    this.error = "";
    try {
      const saved = this.edited ? await updateCannedReply(this.edited.id, body) : await createCannedReply(body);
      this.#put([...(this.#replies.value ?? []).filter(({ id }) => id !== saved.id), saved]);
      this.#edit(null);
    } catch (err) {
      this.error = showIssues(form, err);
    }
    this.isBusy = false;
  }
  async #delete(reply: CannedReply): Promise<void> {
    try {
      await deleteCannedReply(reply.id);
      this.#put((this.#replies.value ?? []).filter(({ id }) => id !== reply.id));
      if (this.edited?.id === reply.id) this.#edit(null);
      toast(t("/{shortcut} was deleted.", { shortcut: reply.shortcut }));
    } catch (err) {
      toast(errorWords(err));
    }
  }

  override render(): TemplateResult | typeof nothing {
    if (!this.isOpen) return nothing;
    return html`<dialog class="dialog" aria-labelledby="canned-title">
      <div class="form">
        <header class="dialog-head">
          <h2 id="canned-title">${t("Canned replies")}</h2>
          <button type="button" class="button is-quiet is-icon" aria-label=${t("Close")} @click=${() => this.#dialog.close()}>
            ${icon("close")}
          </button>
        </header>
        ${this.#list()} ${keyed(this.round, this.#form())}
      </div>
    </dialog>`;
  }
  #list(): TemplateResult {
    const { status, value, error } = this.#replies;
    if (status === "error") return errorState(error, () => void this.#load());
    if (!value) return skeleton(2);
    if (value.length === 0)
      return html`<p class="muted">${t("None yet. Write what you answer often, and find it again by / and its shortcut.")}</p>`;
    return html`<ul class="canned-rows">
      ${repeat(
        value,
        ({ id }) => id,
        (reply) =>
          html`<li>
            <b>/${reply.shortcut}</b><span class="row-text" dir="auto">${reply.content}</span>
            <button
              type="button"
              class="button is-quiet is-icon"
              aria-label=${t("Edit /{shortcut}", { shortcut: reply.shortcut })}
              @click=${() => this.#edit(reply)}
            >
              ${icon("edit")}
            </button>
            <button
              type="button"
              class="button is-quiet is-icon"
              aria-label=${t("Delete /{shortcut}", { shortcut: reply.shortcut })}
              @click=${() => void this.#delete(reply)}
            >
              ${icon("trash")}
            </button>
          </li>`,
      )}
    </ul>`;
  }
  #form(): TemplateResult {
    const { edited } = this;
    return html`<form class="form" @submit=${this.#save}>
      ${formError(this.error)}
      ${field(
        { id: "canned-shortcut", label: t("Shortcut"), hint: t("Small letters, digits and hyphens.") },
        html`<input
          id="canned-shortcut"
          name="shortcut"
          required
          maxlength="32"
          pattern="[a-z0-9\\-]+"
          autocomplete="off"
          aria-describedby="canned-shortcut-hint"
          .value=${edited?.shortcut ?? ""}
        />`,
      )}
      ${field(
        { id: "canned-content", label: t("Text"), hint: t("{name} becomes the visitor's name.", { name: "{name}" }) },
        html`<textarea
          id="canned-content"
          name="content"
          required
          rows="3"
          maxlength="4000"
          dir="auto"
          aria-describedby="canned-content-hint"
          .value=${edited?.content ?? ""}
        ></textarea>`,
      )}
      <div class="dialog-actions">
        ${edited ? html`<button type="button" class="button" @click=${() => this.#edit(null)}>${t("Cancel")}</button>` : nothing}
        <button class="button is-primary" ?disabled=${this.isBusy}>${edited ? t("Save") : t("Add")}</button>
      </div>
    </form>`;
  }
}
customElements.define("canned-dialog", CannedDialog);
declare global {
  interface HTMLElementTagNameMap {
    "canned-dialog": CannedDialog;
  }
}
