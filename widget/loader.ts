import type { EmbedOptions, LoaderState, RenusApi } from "../protocol/embed.ts";
import { drawLauncher, pathsOf } from "./launcher.ts";

/**
 * The only thing a page pays for: draws the launcher, keeps calls, and fetches the chat when somebody reaches for it. No
 * storage, no socket and no other request before that. What a launcher needs later (badge, arrow, words) comes with the chat.
 */
declare const CHAT_MODULE: string;

const page = window as Window & { Renus?: RenusApi & { q?: unknown[][] } };
const early = page.Renus;
const script = (document.currentScript ?? document.querySelector("script[data-agent]")) as HTMLScriptElement | null;
const source = script?.src || location.href;
const options = { ...script?.dataset } as unknown as EmbedOptions;

// Loaded twice: one API, one launcher an agent.
if (early?.mount) early.mount(options);
else {
  const calls: LoaderState["calls"] = [];
  const launchers: LoaderState["launchers"] = [];
  let loading: Promise<unknown> | 0 | undefined;
  const load = () =>
    (loading ||= import(new URL(CHAT_MODULE, source).href).then(
      (chat: { start(state: LoaderState): void }) => chat.start({ origin: new URL(source).origin, api, calls, launchers }),
      () => (loading = 0),
    ));
  const keep = (call: LoaderState["calls"][number]) => {
    calls.push(call);
    void load();
  };
  const api = ((verb: "open", ...args: []) => api[verb](...args)) as unknown as RenusApi;
  for (const verb of "open close toggle show hide send prefill identify update newConversation reset destroy off setLocale setTheme on once".split(
    " ",
  ) as "on"[])
    api[verb] = (...args) => {
      calls.push({ verb, args });
      // Who only listens waits for the chat.
      if (!verb.startsWith("on")) void load();
      return () => api.off(...args);
    };
  api.isOpen = () => false;
  api.mount = (...args: [unknown, EmbedOptions?]) => {
    const wanted = args[0] as EmbedOptions;
    const { agent, mode, hideOn, open } = wanted;
    if (args[1] || (mode && mode !== "launcher")) return keep({ verb: "mount", args: args[1] ? args : [script, wanted] });
    if (!agent || launchers.some((one) => one.options.agent === agent)) return;
    const launcher = drawLauncher(wanted);
    const { host, button } = launcher;
    const toggle = () => keep({ verb: "toggle", args: [], launcher });
    button.onpointerenter = button.onfocus = button.ontouchstart = load;
    button.onclick = toggle;
    launchers.push(launcher);
    // Beside the body: survives pages that swap it, and a transform on it does not move us.
    document.documentElement.append(host);
    if (hideOn) {
      const away = pathsOf(hideOn);
      looks.push(() => (host.hidden = away.test(location.pathname)));
    }
    look();
    if (open != null && `${open}` !== "false" && innerWidth > 479)
      setTimeout(() => api.isOpen() || toggle(), open === true ? 0 : +open * 1000);
  };
  // Elements that stand in the page are open from the start; paths without a launcher come and go.
  const looks = [() => document.querySelector("renus-chat") && load()] as (() => unknown)[];
  const look = () => looks.map((one) => one());
  page.Renus = api;
  early?.q?.map(([verb, ...args]) => api[verb as "on"](...(args as Parameters<RenusApi["on"]>)));
  api.mount(options);
  look();
  // Captured, because not all of them bubble to the window.
  for (const name of ["DOMContentLoaded", "popstate", "turbo:load", "astro:page-load"]) addEventListener(name, look, true);
  (window as { navigation?: EventTarget }).navigation?.addEventListener("navigatesuccess", look);
  addEventListener("click", (event) => {
    const opener = (event.target as Element).closest<HTMLElement>("[data-renus-open]");
    if (!opener) return;
    event.preventDefault();
    api.open({ message: opener.dataset["renusOpen"]! });
  });
}
