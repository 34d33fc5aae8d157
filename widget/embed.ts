import type { Launcher, LoaderState, RenusEvents } from "../protocol/embed.ts";
import { css } from "./css.ts";
import { en } from "./i18n/en.ts";
import { fill, loadStrings, pickLocale } from "./i18n/locale.ts";
import { setOptions } from "./options.ts";
import { RenusChat } from "./renus-chat.ts";

/** What the loader's stubs become: opens panels at the launchers, runs the calls that were kept. */
export function start({ api, calls, origin, launchers }: LoaderState): void {
  const launch = api.mount;
  const first = () =>
    (launchers.find(({ host }) => host.isConnected)?.chat as RenusChat | undefined) ??
    document.querySelector<RenusChat>("renus-chat");
  const toggle = ({ chat }: Launcher) => (chat!.isOpen() ? chat!.close() : chat!.open());
  for (const launcher of launchers) attachPanel(launcher, origin);
  // Launchers drawn from now on.
  launchers.push = (launcher) => {
    attachPanel(launcher, origin);
    return launchers.splice(launchers.length, 0, launcher).length;
  };
  api.isOpen = () => !!first()?.isOpen();

  // Clicks need nothing more. The page's own calls do, and everything behind them keeps its place in the row.
  let isLoading = false;
  const run = () => {
    while (calls[0]?.launcher) toggle(calls.shift()!.launcher!);
    if (!calls[0] || isLoading) return;
    isLoading = true;
    import("./api.ts").then(
      ({ createApi }) => {
        Object.assign(api, createApi(first, origin, launch));
        for (const { verb, args, launcher } of calls.splice(0))
          if (launcher) toggle(launcher);
          else (api[verb] as (...all: unknown[]) => void)(...args);
        isLoading = false;
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

/** The panel stands beside its button in one shadow root, so that `aria-controls` can name it. */
function attachPanel(launcher: Launcher, origin: string): void {
  const { host, button, options } = launcher;
  const chat = (launcher.chat = new RenusChat());
  const root = host.shadowRoot!;
  chat.id = "chat";
  setOptions(chat, { origin, ...options, mode: "launcher" });
  root.adoptedStyleSheets.push(styles);
  button.setAttribute("aria-controls", chat.id);
  let strings = en;
  let unread = 0;
  const refresh = () => {
    const isOpen = chat.isOpen();
    const news = isOpen ? 0 : unread;
    const label = isOpen ? strings.close_chat : strings.open_chat;
    button.ariaExpanded = `${isOpen}`;
    button.ariaLabel = news ? `${label}, ${fill(strings.unread, news)}` : label;
    button.dataset["unread"] = `${news ? Math.min(news, 99) : ""}`;
  };
  for (const name of ["open", "close", "unread"])
    chat.addEventListener(`renus:${name}`, (event) => {
      unread = (event as CustomEvent<Partial<RenusEvents["unread"]>>).detail.count ?? unread;
      refresh();
      if (name === "close") button.focus();
    });
  loadStrings(pickLocale([options.lang, document.documentElement.lang, ...navigator.languages])).then(
    (loaded) => {
      strings = loaded;
      refresh();
    },
    () => {},
  );
  root.append(chat);
  refresh();
  // A plain tag has nothing to check.
  if (Object.keys(options).length > 1)
    import("./check-options.ts").then(
      ({ checkOptions, explain }) => {
        checkOptions(options);
        if (options.debug != null) explain(chat);
      },
      () => {},
    );
}

const styles = css`
  [aria-expanded="true"]::before {
    clip-path: polygon(20% 30%, 50% 60%, 80% 30%, 90% 40%, 50% 80%, 10% 40%);
  }
  [data-unread]:not([data-unread=""])::after {
    content: attr(data-unread);
    position: absolute;
    top: -2px;
    right: -2px;
    min-width: 20px;
    box-sizing: border-box;
    padding: 0 5px;
    border-radius: 10px;
    background: #c62832;
    color: #fff;
    font: 600 12px/20px system-ui;
    text-align: center;
  }
  @media (prefers-reduced-motion: no-preference) {
    button {
      transition: transform 0.15s;
    }
    button:hover {
      transform: scale(1.05);
    }
  }
`;
