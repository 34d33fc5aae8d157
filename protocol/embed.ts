import type { Message } from "./resources.ts";

/** What site owners write into their pages: attributes, verbs and events. Types only. */

export type EmbedMode = "launcher" | "inline" | "page";
export type EmbedPosition = "bottom-right" | "bottom-left";
export type EmbedTheme = "auto" | "light" | "dark";

/** `data-*` attributes of the script tag, attributes of the element, and options of `mount`, all by the same names. */
export interface EmbedOptions {
  /** Slug of the agent; the only one that is required. */
  agent: string;
  mode?: EmbedMode;
  position?: EmbedPosition;
  /** CSS colour `#rgb` or `#rrggbb`; the agent's own otherwise. */
  color?: string;
  theme?: EmbedTheme;
  /** BCP 47; the page's language otherwise. */
  lang?: string;
  title?: string;
  greeting?: string;
  placeholder?: string;
  /** Present: opens by itself once the page has loaded. */
  open?: string;
}

/** `window.Renus`. Calls made before the chat has loaded are kept and run in order. */
export interface RenusApi {
  open(options?: { message?: string; send?: boolean }): void;
  close(): void;
  toggle(): void;
  isOpen(): boolean;
  show(): void;
  hide(): void;
  send(text: string): void;
  prefill(text: string): void;
  newConversation(): void;
  /** Forgets the visitor on this device: for a log-out. */
  reset(): void;
  destroy(): void;
  mount(options: EmbedOptions): void;
  on<Name extends keyof RenusEvents>(name: Name, listener: (detail: RenusEvents[Name]) => void): () => void;
  off<Name extends keyof RenusEvents>(name: Name, listener: (detail: RenusEvents[Name]) => void): void;
}

/** Also dispatched on the element as bubbling `renus:<name>` events. */
export interface RenusEvents {
  ready: { agent: string };
  open: { agent: string };
  close: { agent: string };
  message: { agent: string; message: Pick<Message, "role" | "content"> };
  unread: { agent: string; count: number };
  error: { agent: string; code: string; error: string };
}

/** One launcher that the loader has drawn. */
export interface Launcher {
  host: HTMLElement;
  button: HTMLButtonElement;
  options: EmbedOptions;
}

/** What the loader leaves for the module: the API object, calls so far, launchers so far. */
export interface LoaderState {
  /** Origin of the script. */
  origin: string;
  api: RenusApi;
  calls: { verb: keyof RenusApi; args: unknown[]; launcher?: Launcher }[];
  launchers: Launcher[];
}
