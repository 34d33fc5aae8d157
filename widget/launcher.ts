import type { EmbedOptions, Launcher } from "../protocol/embed.ts";

const css = `:host{all:initial!important}:host([hidden]){display:none!important}
button{all:unset;position:fixed;z-index:var(--renus-z,2147483647);bottom:calc(var(--renus-y,20px) + env(safe-area-inset-bottom));right:calc(var(--renus-x,20px) + env(safe-area-inset-right));width:56px;height:56px;border-radius:50%;display:grid;place-items:center;cursor:pointer;background:var(--renus-accent,#4a58d8);--t:calc((.179 - y)*1e6);color:color(from var(--renus-accent,#4a58d8) xyz-d65 var(--t) var(--t) var(--t));box-shadow:0 6px 20px #0f142840;-webkit-tap-highlight-color:transparent}
.left{right:auto;left:calc(var(--renus-x,20px) + env(safe-area-inset-left))}
button:focus-visible{outline:3px solid;outline-offset:-6px}
svg{width:26px;fill:none;stroke:currentColor;stroke-width:2;stroke-linejoin:round}
[aria-expanded=true] path,path+path{display:none}[aria-expanded=true] path+path{display:block}
[data-unread]:not([data-unread=""])::after{content:attr(data-unread);position:absolute;top:-2px;right:-2px;min-width:20px;box-sizing:border-box;padding:0 5px;border-radius:10px;background:#c62832;color:#fff;font:600 12px/20px system-ui;text-align:center}
@media(prefers-reduced-motion:no-preference){button{transition:transform .15s}button:hover{transform:scale(1.05)}}
@media print{button{display:none}}`;

/** The button that opens a chat, in a place of its own that is not in the page yet. */
export function drawLauncher(options: EmbedOptions): Launcher {
  const { position, color, offsetX, offsetY, zIndex, launcher: has } = options;
  const host = document.createElement("div");
  const set = (name: string, value: unknown, unit: string) =>
    +(value as string) >= 0 && host.style.setProperty(`--renus-${name}`, value + unit);
  set("x", offsetX, "px");
  set("y", offsetY, "px");
  set("z", zIndex, "");
  if (color) host.style.setProperty("--renus-accent", color);
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];
  const button = document.createElement("button");
  if (position === "bottom-left") button.className = "left";
  button.ariaLabel = "Chat";
  button.ariaExpanded = "false";
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  for (const d of ["M21 11.5a8.4 8.4 0 0 1-12.2 7.5L3.5 20.5 5 15.2A8.4 8.4 0 1 1 21 11.5Z", "m6 9 6 6 6-6"])
    svg.appendChild(document.createElementNS(namespace, "path")).setAttribute("d", d);
  button.append(svg);
  if (String(has) === "false") set("gap", 0, "px");
  else root.append(button);
  return { host, button, options };
}

/** Away on the paths of `hideOn`. */
export function hideWhere({ host, options: { hideOn } }: Launcher): void {
  if (hideOn)
    host.hidden = hideOn
      .split(/[ ,]+/)
      .some((path) => path && RegExp(`^${path.replace(/[^\w*]/g, "\\$&").replace(/\*/g, ".*")}$`).test(location.pathname));
}
