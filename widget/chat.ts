import { render } from "lit/html.js";
import { createChatClient, type ChatClient } from "../client/chat-client.ts";
import type { ChatState } from "../client/chat-state.ts";
import type { SessionAbout } from "../client/session.ts";
import { sharedSocket } from "../client/shared-link.ts";
import { openStorage, type KeyValueStorage } from "../client/storage.ts";
import type { ChatVerbs, RenusEvents } from "../protocol/embed.ts";
import type { PublicAgent } from "../protocol/resources.ts";
import { styles } from "./chat.styles.ts";
import { fitField } from "./composer.ts";
import { en, type Strings } from "./i18n/en.ts";
import { loadStrings, pickLocale, type Locale } from "./i18n/locale.ts";
import { messageList } from "./message-list.ts";
import { panelView } from "./panel.ts";
import { stickToBottom } from "./stick-to-bottom.ts";

/** Of the package it was built from. */
declare const WIDGET_VERSION: string;

/** One chat with one agent, as its views and the parts that come later see it. */
export interface Chat {
  readonly host: HTMLElement;
  readonly root: ShadowRoot;
  readonly storage: KeyValueStorage;
  client: ChatClient;
  state: ChatState;
  /** The button that opens it; null for a chat that stands in the page. */
  launcher: HTMLButtonElement | null;
  /** Who the visitor is, on top of what the page tells; null until somebody says. */
  identity: SessionAbout | null;
  /** Resolves once every verb that was called has begun; one of them may say who the visitor is. */
  called?: Promise<void>;
  /** What a page knows of the agent before the server has answered. */
  profile: PublicAgent | null;
  strings: Strings;
  locale: Locale;
  /** For dates: the reader's own region where it is of the same language. */
  region: string;
  /** Changes with what every line depends on. */
  version: string;
  mode: string;
  isOpen: boolean;
  /** Covers the screen of a phone. */
  isModal: boolean;
  isStarted: boolean;
  isNetworkUp: boolean;
  /** Unseen messages below what the reader looks at. */
  hasNew: boolean;
  draft: string;
  isPhone(): boolean;
  keyOf(name: string): string;
  option(name: string): string | null;
  open: ChatVerbs["open"];
  close(): void;
  /** The field holds these words. */
  write(text: string): void;
  /** Begins the session, or goes on with it. */
  start(): void;
  jump(): void;
  focus(): void;
  refresh(): void;
  adopt(sheet: CSSStyleSheet): void;
  emit<Name extends keyof RenusEvents>(name: Name, detail: Omit<RenusEvents[Name], "agent">): void;
  connect(): void;
  disconnect(): void;
  /** An attribute has changed. */
  change(): void;
}

const ignore = (): void => {};

export function createChat(host: HTMLElement): Chat {
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [styles];
  const find = <T extends HTMLElement>(selector: string) => root.querySelector<T>(selector)!;
  const option = (name: string) => host.getAttribute(name);
  const origin = () => option("origin") ?? new URL(import.meta.url).origin;
  const area = () => {
    const persist = option("persist");
    return persist === "none" ? undefined : persist === "tab" ? sessionStorage : localStorage;
  };
  const phone = matchMedia("(max-width: 479.98px)");
  let configured = "";
  let isPlanned = false;
  let leave: AbortController;
  let list: ReturnType<typeof messageList> | undefined;
  let stick: ReturnType<typeof stickToBottom>;
  let seen: Set<string> | null = null;
  let firstKey: string | undefined;
  let lastKey: string | undefined;

  const chat: Chat = {
    host,
    root,
    storage: openStorage(area),
    client: null!,
    state: null!,
    launcher: null,
    identity: null,
    profile: null,
    strings: en,
    locale: "en",
    region: "en",
    version: "",
    mode: "",
    isOpen: false,
    isModal: false,
    isStarted: false,
    isNetworkUp: true,
    hasNew: false,
    draft: "",
    isPhone: () => phone.matches,
    keyOf: (name) => `renus:${name}:${origin()}:${option("agent")}`,
    option,
    open({ message, send } = {}) {
      start();
      if (message && send) chat.client.send(message);
      else if (message) chat.write(message);
      const wasOpen = chat.isOpen;
      chat.isOpen = true;
      draw();
      chat.jump();
      chat.focus();
      if (!wasOpen) chat.emit("open", {});
    },
    close() {
      if (!chat.isOpen || chat.mode !== "launcher") return;
      chat.isOpen = false;
      draw();
      chat.launcher?.focus();
      chat.emit("close", {});
    },
    write(text) {
      configure();
      chat.draft = text;
      const key = chat.keyOf("draft");
      if (text) chat.storage.set(key, text);
      else chat.storage.remove(key);
      draw();
    },
    start,
    jump() {
      stick?.jump();
      chat.refresh();
    },
    focus: () => find("textarea")?.focus(),
    refresh() {
      if (!isPlanned) queueMicrotask(draw);
      isPlanned = true;
    },
    adopt(sheet) {
      const { adoptedStyleSheets } = root;
      if (!adoptedStyleSheets.includes(sheet)) adoptedStyleSheets.push(sheet);
    },
    emit(name, detail) {
      const event = { detail: { agent: option("agent"), ...detail }, bubbles: true, composed: true };
      host.dispatchEvent(new CustomEvent(`renus:${name}`, event));
    },
    connect() {
      leave = new AbortController();
      const listen = (target: EventTarget, names: string, fn: (event: never) => void) => {
        for (const name of names.split(" ")) target.addEventListener(name, fn as EventListener, leave);
      };
      listen(window, "online offline", () => {
        chat.isNetworkUp = navigator.onLine;
        // Offline: the probe finds a dead link in seconds instead of at the next heartbeat.
        chat.client?.wake();
        chat.refresh();
      });
      listen(document, "visibilitychange", () => {
        if (isVisible()) chat.client?.wake();
        chat.client?.presence(isVisible() ? "online" : "away");
        chat.refresh();
      });
      listen(window, "storage", ({ key }: StorageEvent) => {
        if (!key || key === chat.keyOf("session")) chat.client?.follow();
        if (chat.isStarted) start();
      });
      listen(phone, "change", chat.refresh);
      chat.change();
      if (chat.isStarted) start();
    },
    disconnect() {
      leave.abort();
      if (chat.isModal) cover();
      chat.client?.close();
    },
    change() {
      chat.mode = option("mode") ?? "inline";
      configure();
      chat.refresh();
      const { languages } = navigator;
      chat.locale = pickLocale([option("lang"), document.documentElement.lang, ...languages]);
      chat.region = languages.find((language) => pickLocale([language]) === chat.locale) ?? chat.locale;
      loadStrings(chat.locale).then((strings) => {
        chat.strings = strings;
        chat.version = chat.region;
        chat.refresh();
      }, ignore);
    },
  };

  const isVisible = () => document.visibilityState === "visible";
  const isSeen = () => isVisible() && (chat.isOpen || chat.mode !== "launcher");
  const cover = () => void import("./sheet.ts").then(({ coverPage }) => coverPage(chat), ignore);

  /** For each agent once; verbs may come before the element stands in a page. */
  function configure(): void {
    const key = chat.keyOf("");
    const agent = option("agent");
    if (!agent || key === configured) return;
    configured = key;
    chat.client?.close();
    list?.forget();
    seen = null;
    chat.isStarted = false;
    chat.client = createChatClient({
      origin: origin(),
      agent,
      profile: chat.profile,
      storage: area,
      about: () => ({
        locale: chat.locale,
        page_url: location.href.slice(0, 2000),
        source: option("source")?.slice(0, 120),
        widget_version: WIDGET_VERSION,
        ...chat.identity,
      }),
      // What one tab keeps for itself, others do not see.
      links: (visitor) => (area() === localStorage ? { socket: () => sharedSocket(() => `renus:${visitor()}`) } : {}),
      onChange: changed,
    });
    chat.state = chat.client.state();
  }

  function start(): void {
    configure();
    chat.isStarted = true;
    chat.isNetworkUp = navigator.onLine;
    chat.draft ||= (chat.storage.get(chat.keyOf("draft")) as string | undefined) ?? "";
    // Who comes with an identity must not become a stranger first.
    if (chat.called || host.getAttributeNames().some((name) => /^(user-token|meta-)/.test(name)))
      Promise.resolve(chat.called)
        .then(() => import("./verbs.ts"))
        .then(({ tell }) => tell(chat))
        .catch(ignore)
        .finally(chat.client.open);
    else chat.client.open();
  }

  function changed(state: ChatState): void {
    const before = chat.state;
    const { unread, isUnavailable, connection, ownerName, refusal, items } = state;
    chat.state = state;
    chat.refresh();
    if (unread !== before.unread) chat.emit("unread", { count: unread });
    if (connection !== before.connection) chat.emit("status", { status: connection });
    if (ownerName !== before.ownerName) chat.emit("handoff", { name: ownerName });
    if (isUnavailable && !before.isUnavailable)
      chat.emit("error", { code: refusal?.code ?? "", error: refusal?.message ?? chat.strings.unavailable_title });
    if (!state.isLoaded) return;
    const finished = items.filter(({ id, status }) => id && status !== "streaming");
    // What was there on opening is no news.
    if (seen)
      for (const { key, role, content } of finished)
        if (!seen.has(key)) {
          chat.emit("message", { message: { role, content } });
          if (role !== "visitor" && !isSeen()) import("./attention.ts").then(({ attract }) => attract(chat), ignore);
        }
    seen = new Set(finished.map(({ key }) => key));
  }

  function draw(): void {
    isPlanned = false;
    const { state, mode } = chat;
    if (!state || !host.isConnected) return;
    if (mode !== "launcher" && !chat.isStarted) start();
    const wasModal = chat.isModal;
    chat.isModal = mode === "launcher" && chat.isOpen && phone.matches;
    const { items, agent } = state;
    const last = items.at(-1);
    const isOnTop = firstKey !== undefined && items[0]?.key !== firstKey && last?.key === lastKey;
    if (lastKey && last && last.key !== lastKey && !isOnTop) {
      if (last.delivery === "sending") stick.jump();
      else chat.hasNew = true;
    }
    if (stick?.isAtBottom()) chat.hasNew = false;
    firstKey = items[0]?.key;
    lastKey = last?.key;
    const color = option("color") ?? agent?.appearance.color;
    // The launcher beside it has the same.
    if (color)
      for (const target of [host, (host.getRootNode() as ShadowRoot).host as HTMLElement | undefined])
        target?.style.setProperty("--renus-accent", color);
    const { launcher } = chat;
    if (launcher) {
      launcher.ariaExpanded = `${chat.isOpen}`;
      launcher.ariaLabel = chat.isOpen ? chat.strings.close_chat : chat.strings.open_chat;
      launcher.inert = chat.isModal;
      if (state.unread || launcher.dataset["unread"]) import("./attention.ts").then(({ showBadge }) => showBadge(chat), ignore);
    }
    const show = () => render(panelView(chat), root);
    if (!list) {
      show();
      list = messageList(chat, find("ol"), find("[role=log]"));
      stick = stickToBottom(find(".scroller"), chat.refresh);
      chat.emit("ready", {});
    }
    stick.keep(() => {
      show();
      list!.update(items);
    }, isOnTop);
    const field = find<HTMLTextAreaElement>("textarea");
    if (field) fitField(field, chat.draft);
    if (agent?.consent || chat.isModal || wasModal || (mode === "page" && phone.matches)) cover();
    if (state.unread && isSeen()) chat.client.read();
  }
  return chat;
}
