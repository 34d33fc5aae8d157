import { html, nothing, type TemplateResult } from "lit/html.js";
import { RenusElement } from "./element.ts";
import type { ChatItem } from "../client/chat-state.ts";
import { clockTime } from "./dates.ts";
import type { Strings } from "./i18n/en.ts";
import { fill } from "./i18n/locale.ts";
import { alertIcon, checkIcon, checksIcon, clockIcon, copyIcon } from "./icons.ts";
import { markdown } from "./markdown.ts";
import { styles } from "./renus-message.styles.ts";
import { shared } from "./shared.styles.ts";

/**
 * One message: bubble, byline, delivery.
 * @fires retry - send it again, or ask for another reply
 * @fires discard - take a refused message back into the composer
 * @csspart bubble
 */
export class RenusMessage extends RenusElement {
  static override sheets = [shared, styles];
  static override properties = { item: "", strings: "", locale: "", byline: "", showDelivery: "", first: "first", last: "last" };
  declare item: ChatItem;
  declare strings: Strings;
  declare locale: string;
  /** Who wrote it, where that is not plain from the side it stands on. */
  declare byline: string | null;
  declare showDelivery: boolean;
  /** First and last of its author's group. */
  declare first: boolean;
  declare last: boolean;

  override willUpdate(changed: ReadonlyMap<string, unknown>): void {
    if (!changed.has("item")) return;
    this.toggleAttribute("own", this.item.role === "visitor");
    this.toggleAttribute("failed", this.item.delivery === "failed");
    this.setAttribute("role-name", this.item.role);
  }

  override render(): unknown {
    const { item, strings } = this;
    if (item.role === "system") return html`<div class="system" dir="auto">${item.content}</div>`;
    const isOwn = item.role === "visitor";
    const author = isOwn ? strings.you : (this.byline ?? item.sender.name ?? "");
    return html`
      ${this.byline && this.first ? html`<div class="byline" aria-hidden="true">${this.byline}</div>` : nothing}
      <span class="hidden"
        >${fill(strings.wrote, { name: author }) + " "}
        <time datetime=${item.created_at}>${clockTime(item.created_at, this.locale)}</time></span
      >
      ${item.content === "" && item.status !== "streaming" ? nothing : html`<div class="bubble" part="bubble" dir="auto">${this.#content()}</div>`}
      ${isOwn ? this.#delivery() : this.#replyState()}
    `;
  }

  #content(): unknown {
    const { item } = this;
    if (item.role === "visitor") return item.content;
    const isOpen = item.status === "streaming";
    const text = markdown(item.content, {
      isOpen,
      copyLabel: this.strings.copy,
      onCopy: (code, button) => void this.#copy(code, button),
      host: this,
    });
    return html`<div class="text ${isOpen ? "caret" : ""}">${text}</div>`;
  }

  #delivery(): unknown {
    const { item, strings } = this;
    if (item.delivery === "failed") {
      return html`<div class="meta problem" role="alert">
        ${alertIcon}<span>${strings.not_sent}. ${item.error}</span>
        <button @click=${() => this.#fire("retry")}>${strings.retry}</button>
        <button @click=${() => this.#fire("discard")}>${strings.discard}</button>
      </div>`;
    }
    if (!this.showDelivery || !item.delivery) return nothing;
    const [icon, words]: [TemplateResult | unknown, string] =
      item.delivery === "sending"
        ? [clockIcon, strings.sending]
        : item.delivery === "read"
          ? [checksIcon, strings.read]
          : [checkIcon, strings.sent];
    return html`<div class="meta" data-state=${item.delivery}>
      ${icon}<span>${words}</span><span aria-hidden="true">· ${clockTime(item.created_at, this.locale)}</span>
    </div>`;
  }

  #replyState(): unknown {
    const { item, strings } = this;
    if (item.status === "failed") {
      return html`<div class="meta problem" role="alert">
        ${alertIcon}<span>${strings.reply_failed}</span>
        ${this.last ? html`<button @click=${() => this.#fire("retry")}>${strings.retry}</button>` : nothing}
      </div>`;
    }
    if (item.status === "streaming") return nothing;
    const copy = (event: Event) =>
      void this.#copy(item.content, (event.currentTarget as HTMLElement).lastElementChild as HTMLElement);
    return html`<div class="tools">
      ${item.status === "cancelled" ? html`<span>${strings.reply_cancelled} ·</span>` : nothing}
      <span aria-hidden="true">${clockTime(item.created_at, this.locale)}</span>
      ${item.content ? html`<button @click=${copy}>${copyIcon}<span>${strings.copy}</span></button>` : nothing}
    </div>`;
  }

  async #copy(text: string, label: HTMLElement): Promise<void> {
    // Not there on plain http pages.
    if (!navigator.clipboard) return;
    await navigator.clipboard.writeText(text);
    label.textContent = this.strings.copied;
    setTimeout(() => (label.textContent = this.strings.copy), 1500);
  }

  #fire(name: "retry" | "discard"): void {
    this.dispatchEvent(new CustomEvent(name, { detail: this.item, bubbles: true, composed: true }));
  }
}
RenusMessage.define("renus-message");
