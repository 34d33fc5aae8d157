import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { LIMITS } from "../../protocol/codes.ts";
import type { CannedReply } from "../../protocol/resources.ts";
import { createNote, listCannedReplies } from "../api.ts";
import { plural, t } from "../i18n/i18n.ts";
import type { Thread } from "../live/thread.ts";
import { errorWords } from "../request.ts";
import "./canned-dialog.ts";
import { icon } from "./icons.ts";
import { LightElement } from "./light-element.ts";
import { toast } from "./toast.ts";

const COUNTER_FROM = 200;
const CANNED_SHOWN = 8;

/** Drafts by conversation: going to another one and back loses nothing. */
const drafts = new Map<string, string>();

/**
 * Where an operator writes: a message, or a note that the visitor never gets. `/` at its beginning finds canned replies.
 *
 * @fires sent
 */
export class OperatorComposer extends LightElement {
  static override properties = {
    thread: { attribute: false },
    hint: {},
    mayReply: { type: Boolean },
    isNote: { state: true },
    text: { state: true },
    canned: { state: true },
    active: { state: true },
    isBusy: { state: true },
  };
  declare thread: Thread;
  declare hint: string;
  declare mayReply: boolean;
  declare isNote: boolean;
  declare text: string;
  /** null: not asked for yet. */
  declare canned: readonly CannedReply[] | null;
  /** Of the canned replies that are offered, the one that Enter takes. */
  declare active: number;
  declare isBusy: boolean;

  constructor() {
    super();
    this.hint = "";
    this.mayReply = true;
    this.isNote = false;
    this.text = "";
    this.canned = null;
    this.active = 0;
    this.isBusy = false;
  }
  override willUpdate(changed: PropertyValues): void {
    if (changed.has("thread")) {
      this.text = drafts.get(this.thread.id) ?? "";
      this.isNote = false;
    }
  }
  get #field(): HTMLTextAreaElement {
    return this.querySelector("textarea")!;
  }
  get #offered(): readonly CannedReply[] {
    const asked = /^\/(\S*)$/.exec(this.text)?.[1]?.toLowerCase();
    if (asked === undefined || this.isNote || !this.mayReply) return [];
    return (this.canned ?? []).filter(({ shortcut }) => shortcut.startsWith(asked)).slice(0, CANNED_SHOWN);
  }

  #write(text: string): void {
    this.text = text;
    this.active = 0;
    if (text) drafts.set(this.thread.id, text);
    else drafts.delete(this.thread.id);
    if (!this.isNote && this.mayReply && !text.startsWith("/")) this.thread.setTyping(text !== "");
    if (text.startsWith("/") && this.canned === null) void this.#loadCanned();
  }
  async #loadCanned(): Promise<void> {
    this.canned = [];
    try {
      this.canned = (await listCannedReplies()).data;
    } catch (err) {
      this.canned = null;
      toast(errorWords(err));
    }
  }
  #take(reply: CannedReply): void {
    const name = this.thread.conversation?.visitor?.name ?? "";
    this.#write(reply.content.replaceAll("{name}", name));
    this.#field.focus();
  }
  async #send(): Promise<void> {
    const content = this.text.trim();
    if (!content || this.isBusy || content.length > LIMITS.contentCharsMax) return;
    if (!this.isNote) {
      if (!this.mayReply) return;
      this.#write("");
      void this.thread.post(content);
    } else {
      this.isBusy = true;
      try {
        this.thread.putNote(await createNote(this.thread.id, content));
        this.#write("");
      } catch (err) {
        toast(errorWords(err));
      }
      this.isBusy = false;
    }
    this.dispatchEvent(new CustomEvent("sent"));
    this.#field.focus();
  }
  #onKey(event: KeyboardEvent): void {
    // An Enter that ends the choice of a character is no Enter.
    if (event.isComposing) return;
    const offered = this.#offered;
    if (offered.length > 0 && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      this.active = (this.active + (event.key === "ArrowDown" ? 1 : offered.length - 1)) % offered.length;
    } else if (event.key === "Escape" && offered.length > 0) {
      event.preventDefault();
      this.#write("");
    } else if ((event.key === "Enter" && !event.shiftKey) || (event.key === "Tab" && offered.length > 0)) {
      event.preventDefault();
      const reply = offered[this.active];
      if (reply) this.#take(reply);
      else void this.#send();
    }
  }

  override render(): TemplateResult {
    const offered = this.#offered;
    const left = LIMITS.contentCharsMax - this.text.trim().length;
    const isBlocked = !this.isNote && !this.mayReply;
    return html`<form
        class="composer ${this.isNote ? "is-note" : ""}"
        @submit=${(event: Event) => {
          event.preventDefault();
          void this.#send();
        }}
      >
        <div class="composer-modes">
          <button type="button" aria-pressed=${!this.isNote} @click=${() => (this.isNote = false)}>${t("Reply")}</button>
          <button type="button" aria-pressed=${this.isNote} @click=${() => (this.isNote = true)}>${t("Note")}</button>
          <span class="composer-hint">${this.isNote ? t("Only colleagues see notes.") : this.hint}</span>
          <button type="button" class="link" @click=${() => this.querySelector("canned-dialog")?.open()}>
            ${t("Canned replies")}
          </button>
        </div>
        ${
          offered.length > 0
            ? html`<ul class="canned" id="canned-list" role="listbox" aria-label=${t("Canned replies")}>
                ${offered.map(
                  (reply, at) =>
                    html`<li
                      role="option"
                      id="canned-${at}"
                      aria-selected=${at === this.active}
                      @pointerdown=${(event: Event) => {
                        event.preventDefault();
                        this.#take(reply);
                      }}
                    >
                      <b>/${reply.shortcut}</b> <span dir="auto">${reply.content}</span>
                    </li>`,
                )}
              </ul>`
            : nothing
        }
        <div class="composer-row">
          <textarea
            rows="1"
            dir="auto"
            aria-label=${this.isNote ? t("Note for colleagues") : t("Message to the visitor")}
            placeholder=${this.isNote ? t("Write a note…") : t("Write to the visitor, or / for canned replies")}
            aria-controls=${offered.length > 0 ? "canned-list" : nothing}
            aria-activedescendant=${offered.length > 0 ? `canned-${this.active}` : nothing}
            .value=${this.text}
            ?disabled=${isBlocked}
            @input=${(event: Event) => this.#write((event.currentTarget as HTMLTextAreaElement).value)}
            @keydown=${this.#onKey}
          ></textarea>
          <button
            class="button is-primary is-icon"
            aria-label=${this.isNote ? t("Add note") : t("Send")}
            ?disabled=${isBlocked || this.isBusy || left < 0}
          >
            ${icon("send")}
          </button>
        </div>
        ${
          left < COUNTER_FROM
            ? html`<p class="composer-count ${left < 0 ? "is-problem" : ""}" role="status">
                ${left < 0 ? plural(-left, "{count} character too long", "{count} characters too long") : plural(left, "{count} character left", "{count} characters left")}
              </p>`
            : nothing
        }
      </form>
      <canned-dialog
        @canned-changed=${(event: CustomEvent<readonly CannedReply[]>) => (this.canned = event.detail)}
      ></canned-dialog>`;
  }
}
customElements.define("operator-composer", OperatorComposer);
