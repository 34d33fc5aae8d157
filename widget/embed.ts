import type { EmbedOptions, Launcher, LoaderState, RenusEvents } from "../protocol/embed.ts";
import { en } from "./i18n/en.ts";
import { fill, loadStrings, pickLocale } from "./i18n/locale.ts";
import { RenusChat } from "./renus-chat.ts";

/** What the loader's stubs become: opens panels at the launchers, runs the calls that were kept. */
export function start(loader: LoaderState): void {
  const { api, calls } = loader;
  const panels = new Map<Launcher, RenusChat>();
  const first = () => panels.values().next().value ?? document.querySelector<RenusChat>("renus-chat");
  const attach = (launcher: Launcher) => {
    if (!panels.has(launcher)) panels.set(launcher, attachPanel(launcher, loader.origin));
    return panels.get(launcher)!;
  };
  for (const launcher of loader.launchers) attach(launcher);
  // Launchers drawn from now on.
  loader.launchers.push = (...more) => more.map(attach).length;
  api.isOpen = () => first()?.open ?? false;

  // Clicks need nothing more. The page's own calls do, and everything behind them keeps its place in the row.
  let isLoading = false;
  const run = () => {
    while (calls[0]?.launcher) toggle(attach(calls.shift()!.launcher!));
    if (!calls[0] || isLoading) return;
    isLoading = true;
    import("./verbs.ts").then(
      ({ verbs }) => {
        Object.assign(api, verbs(panels, first));
        for (const { verb, args, launcher } of calls.splice(0))
          if (launcher) toggle(attach(launcher));
          else (api[verb] as (...args: unknown[]) => void)(...args);
      },
      () => (isLoading = false),
    );
  };
  calls.push = (...more) => {
    calls.splice(calls.length, 0, ...more);
    run();
    return calls.length;
  };
  run();
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
    const news = chat.open ? 0 : unread;
    button.ariaExpanded = String(chat.open);
    button.ariaLabel = news ? `${label}, ${fill(strings.unread, { count: news })}` : label;
    button.dataset["unread"] = news ? String(Math.min(news, 99)) : "";
    for (const name of ["--renus-accent", "--renus-on-accent"]) host.style.setProperty(name, chat.style.getPropertyValue(name));
  };
  for (const name of ["accent", "renus:open", "renus:close", "renus:unread"])
    chat.addEventListener(name, (event) => {
      if (name === "renus:unread") unread = (event as CustomEvent<RenusEvents["unread"]>).detail.count;
      refresh();
      if (name === "renus:close") button.focus();
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
