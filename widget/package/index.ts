import type { EmbedOptions, Launcher, RenusApi } from "../../protocol/embed.ts";
import { drawLauncher, pathsOf } from "../launcher.ts";
import { setOptions } from "../options.ts";
import type { RenusChat } from "../renus-chat.ts";
import { createHandle, type ChatHandle } from "./handle.ts";

export type { ChatVerbs, EmbedOptions, Identity, RenusEvents } from "../../protocol/embed.ts";
export type { ChatHandle } from "./handle.ts";

/** The options of the tag, and where the chat server is. */
export interface MountOptions extends EmbedOptions {
  /** `https://chat.example.com` */
  origin: string;
}

/**
 * Puts a chat into the page, at a launcher of its own or inside `target` (an element or a selector). Nothing has happened
 * before: no element is defined, nothing is stored, and the chat itself is a module that is fetched when it is needed.
 * Throws when there is no such element.
 */
export function mount(options: MountOptions): ChatHandle;
export function mount(target: Element | string, options: MountOptions): ChatHandle;
export function mount(...args: [MountOptions] | [Element | string, MountOptions]): ChatHandle {
  return args.length === 1 ? mountAtLauncher(args[0]) : mountInside(...args);
}

function mountInside(target: Element | string, options: MountOptions): ChatHandle {
  const place = typeof target === "string" ? document.querySelector(target) : target;
  if (!place) throw new Error(`There is no element "${target as string}" to mount the chat in.`);
  const element = document.createElement("renus-chat") as RenusChat;
  setOptions(element, { ...options, mode: options.mode === "page" ? "page" : "inline" });
  place.append(element);
  const fetchChat = async () => {
    await import("../embed.ts");
    return element;
  };
  const handle = createHandle({ element, fetchChat });
  handle.fetch();
  return handle;
}

function mountAtLauncher(options: MountOptions): ChatHandle {
  const launcher = drawLauncher(options);
  const { host, button } = launcher;
  const leave = new AbortController();
  const look = () => {
    const { hideOn } = launcher.options;
    if (hideOn !== undefined) host.hidden = pathsOf(hideOn).test(location.pathname);
  };
  const handle = createHandle({
    element: host,
    leave,
    async fetchChat() {
      const { start } = await import("../embed.ts");
      // What the tag's loader leaves, of this chat alone; calls are kept by the handle.
      start({ origin: options.origin, api: {} as RenusApi, calls: [], launchers: [launcher] });
      return launcher.chat as RenusChat;
    },
    rearrange(changed) {
      launcher.options = { ...launcher.options, ...changed };
      copyPlace(drawLauncher(launcher.options), launcher, "color" in changed);
      look();
    },
  });
  for (const reach of ["pointerenter", "focus", "touchstart"]) button.addEventListener(reach, handle.fetch, { passive: true });
  button.addEventListener("click", () => handle.toggle());
  for (const target of [window, (window as { navigation?: EventTarget }).navigation])
    for (const name of ["popstate", "navigatesuccess"]) target?.addEventListener(name, look, { signal: leave.signal });
  look();
  document.documentElement.append(host);
  const { open } = options;
  // Never on phones, where it would cover the page.
  if (open != null && String(open) !== "false" && innerWidth > 479)
    setTimeout(() => handle.isOpen() || handle.open(), open === true ? 0 : Number(open) * 1000 || 0);
  return handle;
}

/** Another corner, distance or colour without another launcher: it may hold an open chat. */
function copyPlace(from: Launcher, to: Launcher, hasColor: boolean): void {
  // The agent's own colour, which comes with the chat, stays unless this one is meant.
  for (const name of ["--renus-x", "--renus-y", "--renus-z", "--renus-gap", ...(hasColor ? ["--renus-accent"] : [])])
    to.host.style.setProperty(name, from.host.style.getPropertyValue(name));
  to.button.dir = from.button.dir;
  if (from.button.parentNode) to.host.shadowRoot!.prepend(to.button);
  else to.button.remove();
}
