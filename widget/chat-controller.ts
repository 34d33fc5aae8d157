import type { Controller, RenusElement } from "./element.ts";
import { ChatClient, type ChatClientOptions } from "../client/chat-client.ts";
import type { ChatItem, ChatState } from "../client/chat-state.ts";
import { openStorage, type KeyValueStorage } from "../client/storage.ts";

export interface ChatControllerEvents {
  onMessage(item: ChatItem): void;
  onUnread(count: number): void;
  onUnavailable(): void;
}

/** Ties a headless client to an element and to what a browser tells: network, visibility, other tabs. */
export class ChatController implements Controller {
  client: ChatClient | null = null;
  state: ChatState | null = null;
  isNetworkUp = true;
  readonly #host: RenusElement;
  readonly #events: ChatControllerEvents;
  #storage: KeyValueStorage | null = null;
  #draftKey = "";
  #unsubscribe: (() => void) | undefined;
  #isWatching = false;
  #seen: Set<string> | null = null;
  constructor(host: RenusElement, events: ChatControllerEvents) {
    this.#host = host;
    this.#events = events;
    host.addController(this);
  }

  /** Prepares for an agent; nothing is stored or sent before `open`. */
  configure(options: Pick<ChatClientOptions, "origin" | "agent" | "about" | "profile">): void {
    this.#release();
    this.#draftKey = `renus:draft:${options.origin}:${options.agent}`;
    this.#seen = null;
    this.client = new ChatClient({ ...options, storage: () => localStorage });
    this.state = this.client.state;
    this.#unsubscribe = this.client.subscribe((state) => this.#changed(state));
  }

  open(): void {
    this.#watch();
    this.client?.open();
  }

  /** What was written and not sent; survives closing and reloading. */
  get draft(): string {
    const value = (this.#storage ??= openStorage(() => localStorage)).get(this.#draftKey);
    return typeof value === "string" ? value : "";
  }
  set draft(text: string) {
    this.#storage ??= openStorage(() => localStorage);
    if (text) this.#storage.set(this.#draftKey, text);
    else this.#storage.remove(this.#draftKey);
  }

  hostDisconnected(): void {
    this.#unwatch();
    this.client?.close();
  }

  hostConnected(): void {
    if (this.state && this.state.phase !== "idle") this.open();
  }

  #changed(state: ChatState): void {
    const before = this.state;
    this.state = state;
    this.#host.requestUpdate();
    if (state.unread !== before?.unread) this.#events.onUnread(state.unread);
    if (state.phase === "unavailable" && before?.phase !== "unavailable") this.#events.onUnavailable();
    if (!state.isLoaded) return;
    const finished = state.items.filter((item) => item.id && item.status !== "streaming");
    // What was there on opening is no news.
    if (this.#seen) for (const item of finished) if (!this.#seen.has(item.key)) this.#events.onMessage(item);
    this.#seen = new Set(finished.map((item) => item.key));
  }

  #release(): void {
    this.#unsubscribe?.();
    this.client?.close();
  }

  #watch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    this.isNetworkUp = navigator.onLine;
    addEventListener("online", this.#onNetwork);
    addEventListener("offline", this.#onNetwork);
    addEventListener("storage", this.#onStorage);
    document.addEventListener("visibilitychange", this.#onVisibility);
  }

  #unwatch(): void {
    this.#isWatching = false;
    removeEventListener("online", this.#onNetwork);
    removeEventListener("offline", this.#onNetwork);
    removeEventListener("storage", this.#onStorage);
    document.removeEventListener("visibilitychange", this.#onVisibility);
  }

  #onNetwork = (): void => {
    this.isNetworkUp = navigator.onLine;
    // Offline: the probe finds a dead link in seconds instead of at the next heartbeat.
    this.client?.wake();
    this.#host.requestUpdate();
  };

  #onVisibility = (): void => {
    const isVisible = document.visibilityState === "visible";
    if (isVisible) this.client?.wake();
    this.client?.presence(isVisible ? "online" : "away");
    this.#host.requestUpdate();
  };

  #onStorage = (event: StorageEvent): void => {
    if (event.key?.startsWith("renus:session:")) this.client?.follow();
  };
}
