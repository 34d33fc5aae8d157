import type { EmbedOptions, LoaderState, RenusApi } from "../protocol/embed.ts";

/**
 * The only thing a page pays for: draws the launcher, keeps calls, and fetches the chat when somebody reaches for it. No
 * storage, no socket and no other request before that. What a launcher needs later (badge, arrow, words) comes with the chat.
 */
declare const CHAT_MODULE: string;

const css = `:host{all:initial!important}:host([hidden]){display:none!important}
button{all:unset;position:fixed;z-index:var(--renus-z,2147483647);inset-block-end:calc(var(--renus-y,20px) + env(safe-area-inset-bottom));inset-inline-end:calc(var(--renus-x,20px) + env(safe-area-inset-right));width:56px;height:56px;border-radius:50%;display:grid;place-items:center;cursor:pointer;background:var(--renus-accent,#4a58d8);--t:calc((.179 - y)*1e6);color:color(from var(--renus-accent,#4a58d8) xyz-d65 var(--t) var(--t) var(--t));box-shadow:0 6px 20px #0f142840;forced-color-adjust:none}
button:focus-visible{outline:3px solid;outline-offset:-6px}
button::before{content:"";width:24px;height:24px;background:currentColor;clip-path:path("M12 2a10 9.5 0 1 1-4 18.2L2 22l1.6-5.2A10 9.5 0 0 1 12 2")}
@media print{button{display:none}}`;

const page = window as Window & { Renus?: RenusApi & { q?: unknown[][] } };
const early = page.Renus;
const script = (document.currentScript ?? document.querySelector("script[data-agent]")) as HTMLScriptElement | null;
const source = script?.src || location.href;
const isOff = (value: unknown) => `${value}` === "false";
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
    load();
  };
  const api = ((verb: "open", ...args: []) => api[verb](...args)) as unknown as RenusApi;
  for (const verb of "open close toggle show hide send prefill identify update newConversation reset destroy off setLocale setTheme on once".split(
    " ",
  ) as "on"[])
    api[verb] = (...args) => {
      calls.push({ verb, args });
      // Who only listens waits for the chat.
      if (!verb.startsWith("on")) load();
      return () => api.off(...args);
    };
  api.isOpen = () => false;
  api.mount = (...args: [unknown, EmbedOptions?]) => {
    const wanted = args[0] as EmbedOptions;
    const { agent, mode, color, hideOn, open } = wanted;
    if (args[1] || (mode && mode !== "launcher")) return keep({ verb: "mount", args: args[1] ? args : [script, wanted] });
    if (!agent || launchers.some((one) => one.options.agent === agent)) return;
    const host = document.createElement("div");
    const { style } = host;
    const set = (name: string, value: unknown, unit = "px") => {
      if ((value as number) >= 0) style.setProperty(`--renus-${name}`, value + unit);
    };
    set("x", wanted.offsetX);
    set("y", wanted.offsetY);
    set("z", wanted.zIndex, "");
    if (color) style.setProperty("--renus-accent", color);
    const root = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [sheet];
    const button = document.createElement("button");
    // Which end is meant is physical, whatever way the page is read.
    button.dir = wanted.position === "bottom-left" ? "rtl" : "ltr";
    button.ariaLabel = "Chat";
    button.ariaExpanded = "false";
    const launcher = { host, button, options: wanted };
    const toggle = () => keep({ verb: "toggle", args: [], launcher });
    button.onpointerenter = button.onfocus = button.ontouchstart = load;
    button.onclick = toggle;
    if (isOff(wanted.launcher)) set("gap", 0);
    else root.append(button);
    launchers.push(launcher);
    // Beside the body: survives pages that swap it, and a transform on it does not move us.
    document.documentElement.append(host);
    if (hideOn) {
      const away = RegExp(
        `^(${hideOn
          .replace(/[^\w* ,]/g, "\\$&")
          .replace(/\*/g, ".*")
          .replace(/[ ,]+/g, "|")})$`,
      );
      looks.push(() => (host.hidden = away.test(location.pathname)));
    }
    look();
    if (open != null && !isOff(open) && innerWidth > 479) setTimeout(() => api.isOpen() || toggle(), +open * 1000);
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
