import type { EmbedOptions, LoaderState, RenusApi } from "../protocol/embed.ts";

/**
 * The only thing a page pays for: draws the launcher, keeps calls, and fetches the chat when somebody reaches for it. No
 * storage, no socket and no other request before that.
 */
declare const CHAT_MODULE: string;

const VERBS = [
  "open",
  "close",
  "toggle",
  "show",
  "hide",
  "send",
  "prefill",
  "newConversation",
  "reset",
  "destroy",
  "off",
] as const;
const ACCENT = "#4a58d8";
const STYLE = `:host{all:initial!important}:host([hidden]){display:none!important}
button{all:unset;position:fixed;z-index:2147483000;bottom:calc(20px + env(safe-area-inset-bottom));right:calc(20px + env(safe-area-inset-right));width:56px;height:56px;border-radius:50%;display:grid;place-items:center;cursor:pointer;background:var(--renus-accent);color:var(--renus-on-accent);box-shadow:0 6px 20px rgb(15 20 40/.25);-webkit-tap-highlight-color:transparent}
button.left{right:auto;left:calc(20px + env(safe-area-inset-left))}
button:focus-visible{outline:3px solid var(--renus-accent);outline-offset:3px}
svg{width:26px;height:26px;fill:none;stroke:currentColor;stroke-width:2;stroke-linejoin:round}
[data-unread]:not([data-unread=""])::after{content:attr(data-unread);position:absolute;top:-2px;right:-2px;min-width:20px;box-sizing:border-box;padding:0 5px;border-radius:10px;background:#c62832;color:#fff;font:600 12px/20px system-ui,sans-serif;text-align:center}
@media(prefers-reduced-motion:no-preference){button{transition:transform .15s}button:hover{transform:scale(1.05)}}
@media print{button{display:none}}`;
const BUBBLE = "M21 11.5a8.4 8.4 0 0 1-12.2 7.5L3.5 20.5 5 15.2A8.4 8.4 0 1 1 21 11.5Z";
const CROSS = "m6 9 6 6 6-6";

const page = window as Window & { Renus?: RenusApi };
const script = (document.currentScript ?? document.querySelector("script[data-agent]")) as HTMLScriptElement | null;
const source = script?.src || location.href;
const options = { ...script?.dataset } as unknown as EmbedOptions;

if (page.Renus) {
  // Loaded twice: one API, one launcher an agent.
  if (options.agent) page.Renus.mount(options);
} else {
  const api = {} as RenusApi;
  const state: LoaderState = { origin: new URL(source).origin, api, calls: [], launchers: [] };
  let loading: Promise<unknown> | undefined;
  const load = () =>
    (loading ??= import(new URL(CHAT_MODULE, source).href).then(
      (chat: { start(state: LoaderState): void }) => chat.start(state),
      () => (loading = undefined),
    ));
  const keep = (call: LoaderState["calls"][number]) => {
    state.calls.push(call);
    void load();
  };
  for (const verb of VERBS) (api[verb] as unknown) = (...args: unknown[]) => keep({ verb, args });
  api.isOpen = () => false;
  api.on = (name, listener) => {
    state.calls.push({ verb: "on", args: [name, listener] });
    return () => api.off(name, listener);
  };
  api.mount = (wanted) => {
    if (!wanted.agent || state.launchers.some((one) => one.options.agent === wanted.agent)) return;
    const host = document.createElement("div");
    const root = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    const button = document.createElement("button");
    if (wanted.position === "bottom-left") button.className = "left";
    button.ariaLabel = "Chat";
    button.ariaExpanded = "false";
    const color = /^#[\da-f]{6}$/i.test(wanted.color ?? "") ? wanted.color! : ACCENT;
    const [r, g, b] = [1, 3, 5].map((at) => (parseInt(color.slice(at, at + 2), 16) / 255) ** 2.2) as [number, number, number];
    host.style.setProperty("--renus-accent", color);
    host.style.setProperty("--renus-on-accent", 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#000" : "#fff");
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.ariaHidden = "true";
    const path = svg.appendChild(document.createElementNS(svg.namespaceURI, "path"));
    path.setAttribute("d", BUBBLE);
    button.append(svg);
    new MutationObserver(() => path.setAttribute("d", button.ariaExpanded === "true" ? CROSS : BUBBLE)).observe(button, {
      attributeFilter: ["aria-expanded"],
    });
    const launcher = { host, button, options: wanted };
    for (const reach of ["pointerenter", "focus", "touchstart"])
      button.addEventListener(reach, () => void load(), { once: true, passive: true });
    button.addEventListener("click", () => keep({ verb: "toggle", args: [], launcher }));
    root.append(button);
    state.launchers.push(launcher);
    // Beside the body: survives pages that swap it, and a transform on it does not move us.
    document.documentElement.append(host);
    if ("open" in wanted) keep({ verb: "toggle", args: [], launcher });
  };
  page.Renus = api;
  api.mount(options);
  // Elements that stand in the page are open from the start.
  const look = () => document.querySelector("renus-chat") && void load();
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", look);
  else look();
}
