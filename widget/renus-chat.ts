import type { ChatVerbs } from "../protocol/embed.ts";
import type { PublicAgent } from "../protocol/resources.ts";
import { createChat, type Chat } from "./chat.ts";

/** What is fetched when somebody calls the first of it. */
const LATER = "toggle show hide send prefill identify update newConversation reset destroy setLocale setTheme".split(
  " ",
) as Exclude<keyof ChatVerbs, "open" | "close" | "isOpen">[];

// oxlint-disable-next-line no-unsafe-declaration-merging -- the constructor assigns the verbs
export interface RenusChat extends ChatVerbs {}

/**
 * A chat with one agent: `<renus-chat agent="slug" mode="inline">`. Attributes as in `EmbedOptions`, with `chat-title` for
 * the title, because the browser makes a tooltip of that attribute.
 * @fires renus:ready renus:open renus:close renus:message renus:unread renus:status renus:handoff renus:identify renus:error
 * @slot actions - buttons in the header
 * @csspart panel
 * @csspart header
 * @csspart bubble
 * @cssproperty --renus-accent - set by the agent's colour or the `color` attribute
 * @cssproperty --renus-font
 */
export class RenusChat extends HTMLElement {
  static observedAttributes = "agent origin mode position theme color lang chat-title greeting placeholder prompts".split(" ");
  readonly #chat: Chat = createChat(this);

  constructor() {
    super();
    const chat = this.#chat;
    Object.assign(this, { open: chat.open, close: chat.close, isOpen: () => chat.isOpen || chat.mode !== "launcher" });
    // One promise for all, so that verbs are done in the order of the calls.
    let verbs: Promise<typeof import("./verbs.ts") | undefined> | undefined;
    for (const verb of LATER)
      this[verb] = (...args: unknown[]) => {
        chat.called = (verbs ??= import("./verbs.ts").catch(() => (verbs = undefined))).then(
          (module) => void (module?.[verb] as ((...all: unknown[]) => unknown) | undefined)?.(chat, ...args),
        );
      };
  }

  /** What a page knows of the agent before the server has answered; set it before the element stands in the page. */
  set profile(profile: PublicAgent) {
    this.#chat.profile = profile;
  }

  /** The button that opens it. */
  set launcher(button: HTMLButtonElement) {
    this.#chat.launcher = button;
  }

  connectedCallback(): void {
    this.#chat.connect();
  }
  disconnectedCallback(): void {
    this.#chat.disconnect();
  }
  attributeChangedCallback(): void {
    this.#chat.change();
  }
}
// A second copy of the script leaves the first one's.
if (!customElements.get("renus-chat")) customElements.define("renus-chat", RenusChat);
