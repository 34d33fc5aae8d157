import type { EmbedOptions, Launcher } from "../protocol/embed.ts";

const css = `:host{all:initial!important}:host([hidden]){display:none!important}
button{all:unset;position:fixed;z-index:var(--renus-z,2147483647);inset-block-end:calc(var(--renus-y,20px) + env(safe-area-inset-bottom));inset-inline-end:calc(var(--renus-x,20px) + env(safe-area-inset-right));width:56px;height:56px;border-radius:50%;display:grid;place-items:center;cursor:pointer;background-color:var(--renus-accent,#4a58d8);--t:calc((.179 - y)*1e6);color:color(from var(--renus-accent,#4a58d8) xyz-d65 var(--t) var(--t) var(--t));box-shadow:0 6px 20px #0f142840;forced-color-adjust:none}
button:focus-visible{outline:3px solid;outline-offset:-6px}
button::before{content:"";width:24px;height:24px;background:currentColor;clip-path:path("M12 2a10 9.5 0 1 1-4 18.2L2 22l1.6-5.2A10 9.5 0 0 1 12 2")}
[aria-expanded=true]::before{clip-path:polygon(15% 32%,50% 62%,85% 32%,93% 42%,50% 80%,7% 42%)}
@media print{button{display:none}}`;

/** The button that opens a chat, in a place of its own that is not in the page yet. */
export function drawLauncher(options: EmbedOptions): Launcher {
  const host = document.createElement("div");
  const { style } = host;
  const set = (name: string, value: unknown, unit = "px") => {
    if ((value as number) >= 0) style.setProperty(`--renus-${name}`, value + unit);
  };
  set("x", options.offsetX);
  set("y", options.offsetY);
  set("z", options.zIndex, "");
  if (options.color) style.setProperty("--renus-accent", options.color);
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];
  const button = document.createElement("button");
  // Which end is meant is physical, whatever way the page is read.
  button.dir = options.position === "bottom-left" ? "rtl" : "ltr";
  button.ariaLabel = "Chat";
  button.ariaExpanded = "false";
  if (`${options.launcher}` === "false") set("gap", 0);
  else root.append(button);
  return { host, button, options };
}

/** The paths of `hideOn`. */
export const pathsOf = (hideOn: string): RegExp =>
  RegExp(
    `^(${hideOn
      .replace(/[^\w* ,]/g, "\\$&")
      .replace(/\*/g, ".*")
      .replace(/[ ,]+/g, "|")})$`,
  );
