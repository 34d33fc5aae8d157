import {
  createElement,
  forwardRef,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  type ForwardRefExoticComponent,
  type RefAttributes,
} from "react";
import type { EmbedOptions, RenusEvents } from "../../protocol/embed.ts";
import type { ChatHandle } from "./handle.ts";
import { mount, type MountOptions } from "./index.ts";

export type { ChatHandle } from "./handle.ts";

/** `onMessage` and so on: what the events of the chat carry. */
type Listeners = { [Name in keyof RenusEvents as `on${Capitalize<Name>}`]?: ((detail: RenusEvents[Name]) => void) | undefined };

/** Options that are undefined are as those that are missing. */
type Options = { [Name in keyof EmbedOptions]: EmbedOptions[Name] | undefined };

export interface RenusChatProps extends Omit<Options, "agent" | "origin">, Listeners {
  /** `https://chat.example.com` */
  origin: string;
  /** Slug of the agent. */
  agent: string;
  /** Of the element around a chat inside the page; one at a launcher has none. */
  className?: string | undefined;
}

const EVENTS = ["ready", "open", "close", "message", "unread", "status", "handoff", "identify", "error"] as const;

// Before the effects of those around it, whose ref then holds the chat. A server would complain of it.
const useMountEffect = typeof document === "undefined" ? useEffect : useLayoutEffect;

/** The chat as a component: there as long as it is mounted. Its ref is the handle; changed options are applied to the chat that is there. */
export const RenusChat: ForwardRefExoticComponent<RenusChatProps & RefAttributes<ChatHandle>> = forwardRef<
  ChatHandle,
  RenusChatProps
>(function RenusChat({ className, ...props }, ref) {
  const place = useRef<HTMLDivElement>(null);
  const chat = useRef<ChatHandle>(null);
  const listeners = useRef<Listeners>(props);
  const applied = useRef<Partial<EmbedOptions>>({});
  const options = optionsOf(props);
  const { agent, origin, mode, persist } = props;
  const identity = [agent, origin, mode, persist];

  useMountEffect(() => {
    const handle = place.current ? mount(place.current, options) : mount(options);
    chat.current = handle;
    applied.current = options;
    for (const name of EVENTS)
      handle.on(name, (detail) => {
        const listener = listeners.current[`on${name[0]!.toUpperCase()}${name.slice(1)}` as keyof Listeners];
        (listener as ((detail: unknown) => void) | undefined)?.(detail);
      });
    return () => {
      chat.current = null;
      handle.destroy();
    };
  }, identity);
  useImperativeHandle(ref, () => chat.current!, identity);
  useMountEffect(() => {
    listeners.current = props;
    const changed = changes(applied.current, options);
    applied.current = options;
    if (Object.keys(changed).length > 0) chat.current?.set(changed);
  });
  return mode === "inline" || mode === "page" ? createElement("div", { ref: place, className }) : null;
});

function optionsOf(props: RenusChatProps): MountOptions {
  const isOption = ([name, value]: [string, unknown]) =>
    value !== undefined && typeof value !== "function" && name !== "children";
  return Object.fromEntries(Object.entries(props).filter(isOption)) as unknown as MountOptions;
}

/** Options that are new, other, or gone (undefined). Lists and objects are compared by what they hold. */
function changes(before: Partial<EmbedOptions>, after: Partial<EmbedOptions>): Partial<EmbedOptions> {
  const names = Object.keys({ ...before, ...after }) as (keyof EmbedOptions)[];
  return Object.fromEntries(
    names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name])).map((name) => [name, after[name]]),
  );
}
