import type { Message } from "./resources.ts";

/** What site owners write into their pages: attributes, verbs and events. Types only. */

export type EmbedMode = "launcher" | "inline" | "page";
export type EmbedPosition = "bottom-right" | "bottom-left";
export type EmbedTheme = "auto" | "light" | "dark";

/**
 * `data-*` attributes of the script tag, attributes of `<renus-chat>` and options of `mount`, by the same names:
 * `data-offset-x`, `offset-x`, `offsetX`. Values are text as attributes are; in code numbers, booleans, lists and objects
 * do as well. What cannot be read gives a warning in the console and the default. The page wins over the panel's settings.
 */
export interface EmbedOptions {
  /** Slug of the agent; the only one that is required. */
  agent: string;
  /** `launcher` (a button that opens the panel) unless set. `inline` fills its place in the page, `page` the window. */
  mode?: EmbedMode;
  position?: EmbedPosition;
  /** Distance of the launcher from its corner, in CSS pixels; 20 unless set. */
  offsetX?: number | string;
  offsetY?: number | string;
  /** CSS colour `#rgb` or `#rrggbb`; the agent's own otherwise. */
  color?: string;
  theme?: EmbedTheme;
  /** `inherit` takes the font of the page; `system` unless set. */
  font?: "inherit" | "system";
  title?: string;
  greeting?: string;
  placeholder?: string;
  /** Up to four starter prompts instead of the agent's; a JSON list as an attribute. */
  prompts?: readonly string[] | string;
  /** BCP 47; the page's language otherwise. */
  lang?: string;
  dir?: "ltr" | "rtl";
  /** Present: opens by itself, after so many seconds. Never on phones, where the panel would cover the page. */
  open?: boolean | number | string;
  /** `false`: no launcher; the page opens the chat by `Renus.open()` or `data-renus-open`. */
  launcher?: boolean | "true" | "false";
  /** How long the conversation stays on this device: for ever, as long as the tab, or not at all. `device` unless set. */
  persist?: "device" | "tab" | "none";
  zIndex?: number | string;
  /** Paths without a launcher, divided by commas or spaces; `*` stands for anything: `/checkout/*`. */
  hideOn?: string;
  /** A JWT signed with the agent's identity secret: see `identify`. */
  userToken?: string;
  /** Page context for operators and the assistant's owner, shown beside the conversation; `data-meta-plan="pro"` is `plan`. */
  meta?: Readonly<Record<string, string>>;
  /** Accepted because other tags need it; this one adds no inline script or style that would. */
  nonce?: string;
  /** Present: says in the console what happens and what may be wrong with the installation. */
  debug?: boolean | string;
  /** Origin of the server. Only for `mount` of the module: the script knows where it came from. */
  origin?: string;
}

/**
 * Who the visitor is. With a `token`, or a function that gives one, the server checks it: the same person finds their
 * conversation on every device. A name without a token is shown to operators as unverified and joins nobody.
 */
export interface Identity {
  token?: string;
  /** Asked for a token now, and for a fresh one when it has expired. */
  tokenProvider?: () => Promise<string>;
  name?: string;
  email?: string;
}

/** What a chat can do: methods of `<renus-chat>`, and of `window.Renus` for the first chat of the page. */
export interface ChatVerbs {
  /** `message`: what stands in the field; `send`: goes out at once. */
  open(options?: { message?: string; send?: boolean }): void;
  close(): void;
  toggle(): void;
  isOpen(): boolean;
  /** The launcher is there again, or away with everything. */
  show(): void;
  hide(): void;
  send(text: string): void;
  prefill(text: string): void;
  identify(identity: Identity): void;
  /** More page context, or another unverified name; keys that are given replace former ones. */
  update(about: { meta?: Readonly<Record<string, string>>; name?: string; email?: string }): void;
  /** The visitor stays, the conversation is a new one. */
  newConversation(): void;
  /** For a log-out: nothing of this visitor stays on this device. */
  reset(): void;
  /** Takes the chat out of the page and disconnects it. What is stored stays. */
  destroy(): void;
  setLocale(lang: string): void;
  setTheme(theme: EmbedTheme): void;
}

/** `window.Renus`. Calls made before the chat has loaded are kept and run in order. */
export interface RenusApi extends ChatVerbs {
  /** One more chat: at a launcher of its own, or inside `target`. The same agent a second time changes nothing. */
  mount(options: EmbedOptions): void;
  mount(target: Element | string, options: EmbedOptions): void;
  on<Name extends keyof RenusEvents>(name: Name, listener: (detail: RenusEvents[Name]) => void): () => void;
  once<Name extends keyof RenusEvents>(name: Name, listener: (detail: RenusEvents[Name]) => void): () => void;
  off<Name extends keyof RenusEvents>(name: Name, listener: (detail: RenusEvents[Name]) => void): void;
}

/** Also dispatched on the element as bubbling, composed `renus:<name>` events. */
export interface RenusEvents {
  /** The chat has loaded; listeners that come later hear it as well. */
  ready: { agent: string };
  open: { agent: string };
  close: { agent: string };
  message: { agent: string; message: Pick<Message, "role" | "content"> };
  unread: { agent: string; count: number };
  /** Of the connection. */
  status: { agent: string; status: "idle" | "connecting" | "online" | "reconnecting" | "stopped" };
  /** A person took over (`name`), or the assistant is back (null). */
  handoff: { agent: string; name: string | null };
  identify: { agent: string; name: string | null; verified: boolean };
  error: { agent: string; code: string; error: string };
}

/** One launcher that the loader has drawn. */
export interface Launcher {
  host: HTMLElement;
  button: HTMLButtonElement;
  options: EmbedOptions;
  /** Once the module is there. */
  chat?: HTMLElement & ChatVerbs;
}

/** What the loader leaves for the module: the API object, calls so far, launchers so far. */
export interface LoaderState {
  /** Origin of the script. */
  origin: string;
  api: RenusApi;
  calls: { verb: keyof RenusApi; args: unknown[]; launcher?: Launcher }[];
  launchers: Launcher[];
}
