import { html, nothing } from "lit/html.js";
import { RenusElement } from "./element.ts";
import type { ChatItem, ChatState } from "../client/chat-state.ts";
import { dayName, isSameDay } from "./dates.ts";
import type { Strings } from "./i18n/en.ts";
import { downIcon } from "./icons.ts";
import { nextSentences, withoutMarks } from "./sentences.ts";
import "./renus-message.ts";
import { styles } from "./renus-message-list.styles.ts";
import { shared } from "./shared.styles.ts";
import { StickToBottom } from "./stick-to-bottom.ts";

const GROUP_MS = 3 * 60 * 1000;
const ANNOUNCED_MAX = 20;

/**
 * The conversation: groups, days, what is being written, and the voice for screen readers.
 * @fires starter - detail: the words of a starter prompt
 * @fires older - earlier messages are wanted
 * @slot avatar - above the greeting of an empty conversation
 */
export class RenusMessageList extends RenusElement {
  static override sheets = [shared, styles];
  static override properties = { chat: "", strings: "", locale: "", greeting: "", isShown: "" };
  declare chat: ChatState;
  declare strings: Strings;
  declare locale: string;
  declare greeting: string | null;
  /** False while the panel is closed: nothing is announced then. */
  declare isShown: boolean;

  readonly #stick = new StickToBottom(this, () => this.renderRoot.querySelector<HTMLElement>(".scroller"));
  #hasNew = false;
  #firstKey: string | undefined;
  #lastKey: string | undefined;
  /** Of each reply, how much has been read aloud. */
  readonly #said = new Map<string, number>();
  #isBaseline = true;

  override willUpdate(changed: ReadonlyMap<string, unknown>): void {
    if (!changed.has("chat")) return;
    const { items } = this.chat;
    const [first, last] = [items[0]?.key, items.at(-1)];
    if (this.#firstKey !== undefined && first !== this.#firstKey && last?.key === this.#lastKey) this.#stick.hold();
    if (last && last.key !== this.#lastKey && this.#lastKey !== undefined) {
      if (last.role === "visitor" && last.delivery === "sending") this.#stick.isAtBottom = true;
      else if (!this.#stick.isAtBottom) this.#hasNew = true;
    }
    if (this.#stick.isAtBottom) this.#hasNew = false;
    this.#firstKey = first;
    this.#lastKey = last?.key;
  }

  override updated(changed: ReadonlyMap<string, unknown>): void {
    if (changed.has("chat")) this.#announce();
  }

  /** To the newest message. */
  jump(): void {
    this.#hasNew = false;
    this.#stick.jump();
  }

  override render(): unknown {
    const { chat, strings } = this;
    const isEmpty = chat.items.length === 0;
    return html`
      <div class="scroller" tabindex="0" role="region" aria-label=${strings.messages}>
        <div class="content">
          ${isEmpty ? (chat.isLoaded || chat.agent ? this.#intro() : this.#skeleton()) : this.#conversation()}
        </div>
      </div>
      <div class="hidden" role="log" aria-live="polite" aria-relevant="additions"></div>
      ${this.#hasNew && !this.#stick.isAtBottom ? html`<button class="pill" @click=${() => this.jump()}>${downIcon}${strings.new_messages}</button>` : nothing}
    `;
  }

  #intro(): unknown {
    const { agent } = this.chat;
    const starters = (agent?.starters ?? []).slice(0, 4);
    return html`<div class="intro">
      <slot name="avatar"></slot>
      <h2 dir="auto">${this.greeting || agent?.greeting || this.strings.hello}</h2>
      ${agent?.description ? html`<p dir="auto">${agent.description}</p>` : nothing}
      ${
        starters.length > 0
          ? html`<ul class="starters" aria-label=${this.strings.starters}>
              ${starters.map((text) => html`<li><button dir="auto" @click=${() => this.#fire("starter", text)}>${text}</button></li>`)}
            </ul>`
          : nothing
      }
    </div>`;
  }

  #skeleton(): unknown {
    return html`<div class="skeleton"></div>
      <div class="skeleton own"></div>`;
  }

  #conversation(): unknown {
    const { chat, strings } = this;
    const { items } = chat;
    const greeting = this.greeting || chat.agent?.greeting;
    const lastOwn = items.findLast((item) => item.role === "visitor");
    const isWaiting = chat.isTyping && !chat.streamingId;
    return html`
      ${
        chat.hasOlder
          ? html`<button class="older" @click=${() => this.#fire("older")}>${strings.older}</button>`
          : greeting
            ? html`<div class="greeting" dir="auto">${greeting}</div>`
            : nothing
      }
      <ol>
        ${items.map((item, at) => this.#line(item, items[at - 1], items[at + 1], item === lastOwn))}
      </ol>
      ${isWaiting ? html`<div class="typing" aria-hidden="true"><i></i><i></i><i></i></div>` : nothing}
    `;
  }

  #line(item: ChatItem, before: ChatItem | undefined, after: ChatItem | undefined, isLastOwn: boolean): unknown {
    const isNewDay = !before || !isSameDay(before.created_at, item.created_at);
    // A conversation of today needs no date above it.
    const hasDay = isNewDay && (before !== undefined || !isSameDay(item.created_at, new Date().toISOString()));
    const isFirst = isNewDay || !isSameGroup(before, item);
    return html`<li class=${isFirst ? "group" : ""}>
      ${hasDay ? html`<div class="day">${dayName(item.created_at, this.locale, this.strings)}</div>` : nothing}
      <renus-message
        .item=${item}
        .strings=${this.strings}
        .locale=${this.locale}
        .byline=${this.#byline(item)}
        .showDelivery=${isLastOwn}
        .first=${isFirst}
        .last=${!after || !isSameGroup(item, after)}
      ></renus-message>
    </li>`;
  }

  /** The agent's own replies need none: their name stands in the header. */
  #byline(item: ChatItem): string | null {
    const { name } = item.sender;
    return item.role !== "visitor" && name && name !== this.chat.agent?.name ? name : null;
  }

  #announce(): void {
    const log = this.renderRoot.querySelector("[role=log]");
    if (!log || !this.chat.isLoaded) return;
    for (const item of this.chat.items) {
      if (item.role === "visitor") continue;
      const isDone = item.status !== "streaming";
      const from = this.#said.get(item.key) ?? 0;
      // What was there when the chat opened is read by moving to it, not aloud.
      if (this.#isBaseline || !this.isShown) {
        this.#said.set(item.key, item.content.length);
        continue;
      }
      const { say, upTo } = nextSentences(item.content, Math.min(from, item.content.length), isDone);
      this.#said.set(item.key, upTo);
      if (say === "") continue;
      const line = document.createElement("p");
      line.textContent = item.role === "assistant" ? withoutMarks(say) : say;
      log.append(line);
      while (log.childElementCount > ANNOUNCED_MAX) log.firstElementChild!.remove();
    }
    this.#isBaseline = false;
  }

  #fire(name: string, detail?: string): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

function isSameGroup(a: ChatItem, b: ChatItem): boolean {
  return (
    a.role === b.role &&
    a.sender.id === b.sender.id &&
    Math.abs(Date.parse(b.created_at) - Date.parse(a.created_at)) < GROUP_MS &&
    isSameDay(a.created_at, b.created_at)
  );
}
RenusMessageList.define("renus-message-list");
