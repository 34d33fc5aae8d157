import type { EmbedOptions, Launcher, LoaderState, RenusApi, RenusEvents } from "../protocol/embed.ts";
import { en } from "./i18n/en.ts";
import { fill, loadStrings, pickLocale } from "./i18n/locale.ts";
import { RenusChat } from "./renus-chat.ts";

/** What the loader's stubs become: opens panels at the launchers, runs the calls that were kept. */
export function start(loader: LoaderState): void {
  const { api } = loader;
  const panels = new Map<Launcher, RenusChat>();
  const first = () => panels.values().next().value ?? document.querySelector<RenusChat>("renus-chat");
  const attach = (launcher: Launcher) => {
    if (!panels.has(launcher)) panels.set(launcher, attachPanel(launcher, loader.origin));
    return panels.get(launcher)!;
  };
  for (const launcher of loader.launchers) attach(launcher);
  // Launchers drawn from now on.
  loader.launchers.push = (...more) => more.map(attach).length;

  const listeners = new Map<unknown, EventListener>();
  const verbs: Omit<RenusApi, "mount" | "on" | "off"> & {
    on(name: keyof RenusEvents, fn: (detail: never) => void): () => void;
    off(name: keyof RenusEvents, fn: unknown): void;
  } = {
    open(options = {}) {
      const chat = first();
      if (options.message && options.send) chat?.send(options.message);
      else if (options.message) chat?.prefill(options.message);
      chat?.show();
    },
    close: () => first()?.close(),
    toggle: () => (first()?.open ? first()?.close() : first()?.show()),
    isOpen: () => first()?.open ?? false,
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
      return () => verbs.off(name, fn);
    },
    off(name, fn) {
      const listener = listeners.get(fn);
      if (listener) document.removeEventListener(`renus:${name}`, listener);
    },
  };
  Object.assign(api, verbs);

  for (const { verb, args, launcher } of loader.calls.splice(0)) {
    if (launcher) toggle(attach(launcher));
    else (api[verb] as (...args: unknown[]) => void)(...args);
  }
  loader.calls.push = (...calls) => calls.map(({ launcher }) => launcher && toggle(attach(launcher))).length;
}

const toggle = (chat: RenusChat) => (chat.open ? chat.close() : chat.show());

/** The panel stands beside its button in one shadow root, so that `aria-controls` can name it. */
function attachPanel({ host, button, options }: Launcher, origin: string): RenusChat {
  const chat = new RenusChat();
  chat.id = "panel";
  chat.origin = origin;
  chat.mode = "launcher";
  apply(chat, options);
  button.setAttribute("aria-controls", "panel");
  let strings = en;
  let unread = 0;
  const refresh = () => {
    const label = chat.open ? strings.close_chat : strings.open_chat;
    button.setAttribute("aria-expanded", String(chat.open));
    button.setAttribute("aria-label", unread && !chat.open ? `${label}, ${fill(strings.unread, { count: unread })}` : label);
    button.dataset["unread"] = unread && !chat.open ? String(Math.min(unread, 99)) : "";
    for (const name of ["--renus-accent", "--renus-on-accent"]) host.style.setProperty(name, chat.style.getPropertyValue(name));
  };
  chat.addEventListener("accent", refresh);
  chat.addEventListener("renus:open", refresh);
  chat.addEventListener("renus:close", () => {
    refresh();
    button.focus();
  });
  chat.addEventListener("renus:unread", (event) => {
    unread = (event as CustomEvent<RenusEvents["unread"]>).detail.count;
    void chat.updateComplete.then(refresh);
  });
  void loadStrings(pickLocale([options.lang, document.documentElement.lang, ...navigator.languages])).then((loaded) => {
    strings = loaded;
    refresh();
  });
  host.shadowRoot!.append(chat);
  void chat.updateComplete.then(refresh);
  return chat;
}

function apply(chat: RenusChat, options: EmbedOptions): void {
  chat.agent = options.agent;
  if (options.position === "bottom-left") chat.position = options.position;
  if (options.theme === "light" || options.theme === "dark") chat.theme = options.theme;
  chat.color = options.color ?? null;
  chat.heading = options.title ?? null;
  chat.greeting = options.greeting ?? null;
  chat.placeholder = options.placeholder ?? null;
  if (options.lang) chat.lang = options.lang;
}
