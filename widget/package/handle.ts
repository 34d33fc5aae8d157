import type { ChatVerbs, EmbedOptions, RenusApi, RenusEvents } from "../../protocol/embed.ts";
import { setOptions } from "../options.ts";
import type { RenusChat } from "../renus-chat.ts";

/** One chat in the page: methods as those of `Renus`, events of this chat alone. */
export interface ChatHandle extends ChatVerbs, Pick<RenusApi, "on" | "once" | "off"> {
  /** What stands in the page: `<renus-chat>` itself, or the launcher's place with the chat inside. */
  readonly element: HTMLElement;
  /** Changes options of the chat that is there; undefined takes one back. `agent`, `origin`, `mode` and `persist` need another chat. */
  set(options: Partial<EmbedOptions>): void;
}

/** These fetch the chat; what else is called before is told to it once it has been fetched. */
const FETCHING = ["open", "toggle", "send", "prefill", "newConversation", "reset"] as const;
const WAITING = ["close", "identify", "update", "setLocale", "setTheme"] as const;

type Verb = (typeof FETCHING)[number] | (typeof WAITING)[number];

export interface HandleParts {
  element: HTMLElement;
  /** Called when the chat is needed, and again after it has failed. */
  fetchChat: () => Promise<RenusChat>;
  /** What stands around the chat and changes with its options. */
  rearrange?: (changed: Partial<EmbedOptions>) => void;
  /** Aborted when the chat is taken out. */
  leave?: AbortController;
}

export function createHandle({ element, fetchChat, rearrange, leave }: HandleParts): ChatHandle & { fetch(): void } {
  const calls: ((chat: RenusChat) => void)[] = [];
  const listeners = new Map<unknown, EventListener>();
  let chat: RenusChat | undefined;
  let loading: Promise<void> | undefined;
  let isOver = false;
  let ready: RenusEvents["ready"] | undefined;
  element.addEventListener("renus:ready", (event) => (ready = (event as CustomEvent<RenusEvents["ready"]>).detail));

  const fetch = () =>
    void (loading ??= fetchChat().then(
      (fetched) => {
        if (isOver) return;
        chat = fetched;
        for (const call of calls.splice(0)) call(fetched);
      },
      () => (loading = undefined),
    ));
  const tell = (call: (chat: RenusChat) => void, isFetching: boolean) => {
    if (isOver) return;
    if (chat) return call(chat);
    calls.push(call);
    if (isFetching) fetch();
  };
  const verb = (name: Verb, isFetching: boolean) => [
    name,
    (...args: unknown[]) => tell((fetched) => (fetched[name] as (...all: unknown[]) => void)(...args), isFetching),
  ];
  const verbs = Object.fromEntries([
    ...FETCHING.map((name) => verb(name, true)),
    ...WAITING.map((name) => verb(name, false)),
  ]) as Pick<ChatVerbs, Verb>;

  const handle: ChatHandle & { fetch(): void } = {
    element,
    fetch,
    ...verbs,
    isOpen: () => chat?.isOpen() ?? false,
    show: () => void (element.hidden = false),
    hide: () => void (element.hidden = true),
    destroy() {
      isOver = true;
      leave?.abort();
      element.remove();
    },
    on(name, listener) {
      const heard = (event: Event) => listener((event as CustomEvent).detail as never);
      listeners.set(listener, heard);
      element.addEventListener(`renus:${name}`, heard);
      if (name === "ready" && ready) listener(ready as never);
      return () => handle.off(name, listener);
    },
    once(name, listener) {
      return handle.on(name, function heard(detail) {
        handle.off(name, heard);
        listener(detail);
      });
    },
    off(name, listener) {
      const heard = listeners.get(listener);
      if (heard) element.removeEventListener(`renus:${name}`, heard);
    },
    set(options) {
      rearrange?.(options);
      tell((fetched) => apply(fetched, options), false);
    },
  };
  return handle;
}

function apply(chat: RenusChat, options: Partial<EmbedOptions>): void {
  const { meta, userToken, ...others } = options;
  for (const [name, value] of Object.entries(others)) if (value === undefined) chat.removeAttribute(attributeOf(name));
  setOptions(chat, others as EmbedOptions);
  if (meta) chat.update({ meta });
  if (userToken) chat.identify({ token: userToken });
}

/** As `setOptions` names it. */
function attributeOf(option: string): string {
  const probe = document.createElement("div");
  setOptions(probe, { [option]: "" } as unknown as EmbedOptions);
  return probe.attributes[0]!.name;
}
