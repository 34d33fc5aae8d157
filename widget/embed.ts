import type { Launcher, LoaderState } from "../protocol/embed.ts";
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
  chat.launcher = button;
  chat.id = "chat";
  button.setAttribute("aria-controls", chat.id);
  setOptions(chat, { origin, ...options, mode: "launcher" });
  host.shadowRoot!.append(chat);
  // A plain tag has nothing to check.
  if (Object.keys(options).length > 1)
    import("./check-options.ts").then(
      ({ checkOptions, explain }) => {
        checkOptions(options, chat);
        if (options.debug != null) explain(chat);
      },
      () => {},
    );
}
