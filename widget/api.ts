import type { ChatVerbs, EmbedOptions, RenusApi, RenusEvents } from "../protocol/embed.ts";
import { checkOptions, warn } from "./check-options.ts";
import { setOptions } from "./options.ts";
import { RenusChat } from "./renus-chat.ts";

type Listener = (detail: never) => void;

const VERBS = [
  "open",
  "close",
  "toggle",
  "show",
  "hide",
  "send",
  "prefill",
  "identify",
  "update",
  "newConversation",
  "reset",
  "destroy",
  "setLocale",
  "setTheme",
] as const;

/** What `window.Renus` can do besides opening: fetched when a page calls the first of it. */
export function createApi(first: () => RenusChat | null, origin: string, launch: (options: EmbedOptions) => void): RenusApi {
  const listeners = new Map<Listener, EventListener>();
  const off = (name: keyof RenusEvents, fn: Listener) => {
    const listener = listeners.get(fn);
    if (listener) document.removeEventListener(`renus:${name}`, listener);
  };
  const on = (name: keyof RenusEvents, fn: Listener) => {
    const listener: EventListener = (event) => fn((event as CustomEvent).detail as never);
    listeners.set(fn, listener);
    document.addEventListener(`renus:${name}`, listener);
    const chat = first();
    if (name === "ready" && chat) fn({ agent: chat.getAttribute("agent") } as never);
    return () => off(name, fn);
  };
  const verbs = Object.fromEntries(
    VERBS.map((verb) => [
      verb,
      (...args: unknown[]) => (first()?.[verb] as ((...all: unknown[]) => void) | undefined)?.(...args),
    ]),
  ) as unknown as Omit<ChatVerbs, "isOpen">;
  return {
    ...verbs,
    isOpen: () => !!first()?.isOpen(),
    on,
    off,
    once(name: keyof RenusEvents, fn: Listener) {
      const leave = on(name, ((detail: never) => (off(name, once), fn(detail))) as Listener);
      const once = [...listeners.keys()].at(-1)!;
      return leave;
    },
    mount(target: Element | string | EmbedOptions, options?: EmbedOptions) {
      if (!options) return launch(target as EmbedOptions);
      const place = typeof target === "string" ? document.querySelector(target) : (target as Element);
      if (!place) return warn(`There is no element ${JSON.stringify(target)} to mount the chat in.`);
      const chat = new RenusChat();
      setOptions(chat, { origin, ...options, mode: options.mode === "page" ? "page" : "inline" });
      if (place.localName === "script") place.after(chat);
      else place.append(chat);
      checkOptions(options, chat);
    },
  } as RenusApi;
}
