import type { Launcher, RenusApi, RenusEvents } from "../protocol/embed.ts";
import type { RenusChat } from "./renus-chat.ts";

interface Verbs extends Omit<RenusApi, "mount" | "isOpen" | "on" | "off"> {
  on(name: keyof RenusEvents, fn: (detail: never) => void): () => void;
  off(name: keyof RenusEvents, fn: unknown): void;
}

/** What `window.Renus` can do besides opening: fetched when a page calls the first of it. */
export function verbs(panels: Map<Launcher, RenusChat>, first: () => RenusChat | null): Verbs {
  const listeners = new Map<unknown, EventListener>();
  const api: Verbs = {
    open(options = {}) {
      const chat = first();
      if (options.message && options.send) chat?.send(options.message);
      else if (options.message) chat?.prefill(options.message);
      chat?.show();
    },
    close: () => first()?.close(),
    toggle: () => (first()?.open ? first()?.close() : first()?.show()),
    show: () => panels.forEach((_, { host }) => host.removeAttribute("hidden")),
    hide: () => panels.forEach((_, { host }) => host.setAttribute("hidden", "")),
    send: (text) => first()?.send(text),
    prefill: (text) => first()?.prefill(text),
    newConversation: () =>
      void first()
        ?.newConversation()
        .catch(() => {}),
    reset: () => first()?.reset(),
    destroy() {
      for (const { host } of panels.keys()) host.remove();
      panels.clear();
    },
    on(name, fn) {
      const listener: EventListener = (event) => fn((event as CustomEvent).detail as never);
      listeners.set(fn, listener);
      document.addEventListener(`renus:${name}`, listener);
      if (name === "ready" && panels.size > 0) fn({ agent: first()!.agent } as never);
      return () => api.off(name, fn);
    },
    off(name, fn) {
      const listener = listeners.get(fn);
      if (listener) document.removeEventListener(`renus:${name}`, listener);
    },
  };
  return api;
}
