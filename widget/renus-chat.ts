import { html, nothing } from "lit/html.js";
import { RenusElement } from "./element.ts";
import type { ChatItem, ChatState } from "../client/chat-state.ts";
import type { EmbedMode, EmbedPosition, EmbedTheme, RenusEvents } from "../protocol/embed.ts";
import { initials } from "../protocol/colors.ts";
import type { PublicAgent } from "../protocol/resources.ts";
import { ChatController } from "./chat-controller.ts";
import { FocusTrap } from "./focus-trap.ts";
import { en, type Strings } from "./i18n/en.ts";
import { fill, loadStrings, pickLocale } from "./i18n/locale.ts";
import { closeIcon, menuIcon } from "./icons.ts";
import { styles } from "./renus-chat.styles.ts";
import type { RenusComposer } from "./renus-composer.ts";
import "./renus-composer.ts";
import type { RenusMessageList } from "./renus-message-list.ts";
import "./renus-message-list.ts";
import type { Status } from "./renus-status.ts";
import "./renus-status.ts";
import { shared } from "./shared.styles.ts";
import { Sheet } from "./sheet.ts";
import { accentProperties } from "./theme.ts";

/**
 * A chat with one agent: `<renus-chat agent="slug" mode="inline">`.
 * @fires renus:ready renus:open renus:close renus:message renus:unread renus:error
 * @slot actions - buttons in the header
 * @cssproperty --renus-accent - set by the agent's colour or the `color` attribute
 */
export class RenusChat extends RenusElement {
  static override sheets = [shared, styles];
  static override properties = {
    agent: "agent",
    origin: "origin",
    mode: "mode",
    position: "position",
    theme: "theme",
    color: "color",
    lang: "lang",
    heading: "chat-title",
    greeting: "greeting",
    placeholder: "placeholder",
    source: "source",
    open: "open",
    profile: "",
    strings: "",
    isMenuOpen: "",
  };
  /** Slug. */
  declare agent: string;
  /** Origin of the server; where this module came from by default. */
  declare origin: string;
  declare mode: EmbedMode;
  /** bottom-right unless set. */
  declare position: EmbedPosition | null;
  declare theme: EmbedTheme;
  declare color: string | null;
  declare heading: string | null;
  declare greeting: string | null;
  declare placeholder: string | null;
  /** Tag that tells where the visitor came from. */
  declare source: string | null;
  declare open: boolean;
  /** What a page knows of the agent before the server has answered. */
  declare profile: PublicAgent | null;
  declare strings: Strings;
  declare isMenuOpen: boolean;

  readonly #chat = new ChatController(this, {
    onMessage: (item) => {
      this.#emit("message", { agent: this.agent, message: { role: item.role, content: item.content } });
      // While there is a network: a transcript can be wanted without one.
      void this.#loadMenu();
    },
    onUnread: (count) => this.#emit("unread", { agent: this.agent, count }),
    onUnavailable: () =>
      this.#emit("error", { agent: this.agent, code: "AGENT_NOT_FOUND", error: this.strings.unavailable_title }),
  });
  readonly #trap = new FocusTrap(this);
  readonly #sheet = new Sheet(this, () => this.open && this.mode === "launcher");
  #locale: string = "en";
  /** For dates: the reader's own region where it is of the same language. */
  #region: string = "en";
  #draft = "";
  #configured = "";
  #menu: typeof import("./chat-menu.ts") | null = null;

  constructor() {
    super();
    this.agent = "";
    this.origin = new URL(import.meta.url).origin;
    this.mode = "inline";
    this.theme = "auto";
    this.open = false;
    this.strings = en;
    this.isMenuOpen = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener("keydown", this.#onKeydown);
    void this.#speak();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.removeEventListener("keydown", this.#onKeydown);
  }

  /** Opens, connects, and puts the cursor into the field. */
  show(): void {
    const wasOpen = this.open;
    this.open = true;
    this.#start();
    void this.updateComplete.then(() => {
      this.#list?.jump();
      this.#composer?.focus();
    });
    if (!wasOpen) this.#emit("open", { agent: this.agent });
  }

  close(): void {
    if (!this.open || this.mode !== "launcher") return;
    this.open = false;
    this.isMenuOpen = false;
    this.#emit("close", { agent: this.agent });
  }

  send(text: string): void {
    this.#start();
    this.#chat.client?.send(text);
  }

  prefill(text: string): void {
    this.#configure();
    this.#chat.draft = this.#draft = text;
    this.requestUpdate();
  }

  async newConversation(): Promise<void> {
    this.#start();
    await this.#chat.client?.newConversation();
    this.#composer?.focus();
  }

  /** Forgets this visitor on this device. */
  reset(): void {
    this.prefill("");
    this.#chat.client?.reset();
    if (this.open) this.#start();
  }

  get #composer(): RenusComposer | null {
    return this.renderRoot.querySelector("renus-composer");
  }
  get #list(): RenusMessageList | null {
    return this.renderRoot.querySelector("renus-message-list");
  }

  override willUpdate(changed: ReadonlyMap<string, unknown>): void {
    this.#configure();
    if (changed.has("lang") && this.hasUpdated) void this.#speak();
    if (this.mode !== "launcher") this.open = true;
    this.#trap.isActive = this.open && this.mode === "launcher" && this.#sheet.isPhone;
  }

  override firstUpdated(): void {
    // A chat that stands in the page is open from the start.
    if (this.mode !== "launcher") this.#start();
    this.#emit("ready", { agent: this.agent });
  }

  override updated(): void {
    const { appearance } = this.#agent ?? {};
    const isNamed = this.color !== null || appearance?.color !== undefined;
    if (isNamed || !this.style.getPropertyValue("--renus-accent")) {
      const properties = accentProperties(this.color ?? appearance?.color);
      if (this.style.getPropertyValue("--renus-accent") !== properties["--renus-accent"]) {
        for (const [name, value] of Object.entries(properties)) this.style.setProperty(name, value);
        // For the launcher beside it.
        this.dispatchEvent(new Event("accent"));
      }
    }
    if (this.theme === "auto" && appearance?.theme && appearance.theme !== "auto") this.theme = appearance.theme;
    if (this.open && document.visibilityState === "visible" && this.#chat.state?.unread) this.#chat.client?.read();
  }

  override render(): unknown {
    const { state } = this.#chat;
    if (!state) return nothing;
    const isModal = this.mode === "launcher";
    return html`
      <section
        class="panel"
        part="panel"
        role=${isModal ? "dialog" : "region"}
        aria-modal=${isModal && this.#sheet.isPhone ? "true" : nothing}
        aria-labelledby="name"
      >
        <header part="header">${this.#header(state)}</header>
        <div class="body"><div class="column">${state.phase === "unavailable" ? this.#gone() : this.#body(state)}</div></div>
      </section>
    `;
  }

  #header(state: ChatState): unknown {
    const { strings } = this;
    const [status, words] = this.#status(state);
    return html`<div class="bar">
      ${this.#avatar("")}
      <div class="who">
        <h1 class="name" id="name"><bdi>${this.heading ?? this.#agent?.name ?? "Chat"}</bdi></h1>
        <renus-status role="status" .status=${status} .text=${words}></renus-status>
      </div>
      <div class="actions">
        <slot name="actions"></slot>
        <button
          class="icon-button"
          id="menu"
          aria-label=${strings.menu}
          title=${strings.menu}
          aria-expanded=${this.isMenuOpen}
          aria-controls="menu-items"
          @click=${this.#onMenu}
        >
          ${menuIcon}
        </button>
        ${
          this.mode === "launcher"
            ? html`<button
                class="icon-button"
                aria-label=${strings.close_chat}
                title=${strings.close_chat}
                @click=${() => this.close()}
              >
                ${closeIcon}
              </button>`
            : nothing
        }
        <ul class="menu" id="menu-items" ?hidden=${!this.isMenuOpen} @focusout=${this.#menuLeft}>
          ${this.#menu?.menuItems(strings, this.#onNew, () => void this.#onDownload())}
        </ul>
      </div>
    </div>`;
  }

  #body(state: ChatState): unknown {
    const { strings } = this;
    const client = this.#chat.client!;
    return html`
      <renus-message-list
        .chat=${state}
        .strings=${strings}
        .locale=${this.#region}
        .greeting=${this.greeting}
        .isShown=${this.open}
        @starter=${(event: CustomEvent<string>) => this.send(event.detail)}
        @older=${() => client.loadOlder()}
        @retry=${(event: CustomEvent<ChatItem>) => client.retry(event.detail)}
        @discard=${(event: CustomEvent<ChatItem>) => this.prefill(client.discard(event.detail.key))}
        >${this.#avatar("large")}</renus-message-list
      >
      <div class="foot">
        <p class="note" role="status">${this.#chat.isNetworkUp ? "" : strings.offline_note}</p>
        ${
          state.isClosed
            ? html`<div class="ended">
                <p>${strings.closed}</p>
                <button class="primary" @click=${this.#onNew}>${strings.new_conversation}</button>
              </div>`
            : html`<renus-composer
                .text=${this.#draft}
                .strings=${strings}
                .placeholder=${this.placeholder}
                .charsMax=${state.contentCharsMax}
                .isStreaming=${state.streamingId !== null}
                @draft=${this.#onDraft}
                @send-text=${(event: CustomEvent<string>) => this.send(event.detail)}
                @stop=${() => client.cancel()}
              ></renus-composer>`
        }
      </div>
    `;
  }

  #gone(): unknown {
    return html`<div class="gone">
      ${this.#avatar("large")}
      <h2>${this.strings.unavailable_title}</h2>
      <p>${this.strings.unavailable}</p>
    </div>`;
  }

  #avatar(size: "" | "large"): unknown {
    const agent = this.#agent;
    const url = agent?.appearance.avatar_url;
    const slot = size ? "avatar" : nothing;
    if (url && /^https?:/.test(url)) return html`<img class="avatar ${size}" slot=${slot} src=${url} alt="" />`;
    return html`<span class="avatar ${size}" slot=${slot} aria-hidden="true">${initials(agent?.name ?? "")}</span>`;
  }

  #status(state: ChatState): [Status, string] {
    const { strings } = this;
    if (state.phase === "unavailable") return ["offline", strings.paused];
    if (!this.#chat.isNetworkUp) return ["offline", strings.offline];
    if (state.connection === "reconnecting") return ["busy", strings.reconnecting];
    if (state.connection !== "online") return ["busy", strings.connecting];
    if (state.isTyping || state.streamingId) return ["typing", strings.typing];
    if (state.owner === "operator" && state.ownerName) return ["online", fill(strings.with_person, { name: state.ownerName })];
    return ["online", strings.online];
  }

  get #agent(): PublicAgent | null {
    return this.#chat.state?.agent ?? this.profile;
  }

  /** For each agent once; verbs may come before the first update. */
  #configure(): void {
    const configured = `${this.origin} ${this.agent}`;
    if (!this.agent || configured === this.#configured) return;
    this.#configured = configured;
    this.#chat.configure({
      origin: this.origin,
      agent: this.agent,
      profile: this.profile,
      about: () => ({
        locale: this.#locale,
        page_url: location.href.slice(0, 2048),
        ...(this.source ? { source: this.source } : {}),
      }),
    });
    if (this.hasUpdated && this.open) this.#start();
  }

  #start(): void {
    this.#configure();
    if (this.#draft === "") this.#draft = this.#chat.draft;
    this.#chat.open();
    this.requestUpdate();
  }

  async #speak(): Promise<void> {
    this.#locale = pickLocale([this.lang, document.documentElement.lang, ...navigator.languages]);
    this.#region = navigator.languages.find((language) => pickLocale([language]) === this.#locale) ?? this.#locale;
    this.strings = await loadStrings(pickLocale([this.#locale])).catch(() => en);
  }

  #onDraft = (event: CustomEvent<string>): void => {
    this.#chat.draft = this.#draft = event.detail;
    this.#chat.client?.typing(event.detail !== "");
  };

  #onNew = (): void => {
    this.isMenuOpen = false;
    // Offline: the menu entry may be chosen again.
    this.newConversation().catch(() => this.#chat.client?.wake());
  };

  async #loadMenu(): Promise<void> {
    if (this.#menu) return;
    this.#menu = await import("./chat-menu.ts").catch(() => null);
    if (this.#menu) this.renderRoot.adoptedStyleSheets.push(this.#menu.styles);
  }

  #onMenu = async (): Promise<void> => {
    await this.#loadMenu();
    this.isMenuOpen = !this.isMenuOpen && this.#menu !== null;
  };

  #onDownload = async (): Promise<void> => {
    this.isMenuOpen = false;
    const { saveText, transcript } = await import("./transcript.ts");
    const name = this.#agent?.name ?? this.agent;
    saveText(`${this.agent}.txt`, transcript(this.#chat.state?.items ?? [], name, this.#region, this.strings));
  };

  #menuLeft = (event: FocusEvent): void => {
    const to = event.relatedTarget as Element | null;
    if (!to || (to.id !== "menu" && !(event.currentTarget as Element).contains(to))) this.isMenuOpen = false;
  };

  #onKeydown = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || event.isComposing) return;
    if (this.isMenuOpen) {
      this.isMenuOpen = false;
      this.renderRoot.querySelector<HTMLElement>("#menu")?.focus();
    } else this.close();
    event.stopPropagation();
  };

  #emit<Name extends keyof RenusEvents>(name: Name, detail: RenusEvents[Name]): void {
    this.dispatchEvent(new CustomEvent(`renus:${name}`, { detail, bubbles: true, composed: true }));
  }
}
RenusChat.define("renus-chat");
