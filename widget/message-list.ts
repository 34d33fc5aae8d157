import { render } from "lit/html.js";
import type { ChatItem } from "../client/chat-state.ts";
import type { Chat } from "./chat.ts";
import { dayName, isSameDay } from "./dates.ts";
import { messageView } from "./message.ts";

const GROUP_MS = 3 * 60 * 1000;

export interface Line {
  node: HTMLElement;
  shown?: string;
  item?: ChatItem;
  /** How much of it has been read aloud. */
  said: number;
}

/**
 * The lines of a conversation in `list`, one element for each as long as it is there: what has not changed is not rendered
 * again, however often the newest one grows. `log` is the voice for screen readers.
 */
export function messageList(
  chat: Chat,
  list: Element,
  log: Element,
): { update(items: readonly ChatItem[]): void; forget(): void } {
  const lines = new Map<string, Line>();
  /** What was there when the chat opened is read by moving to it, not aloud. */
  let isBaseline = true;
  let announce: typeof import("./announce.ts").announce | undefined;

  return {
    update(items) {
      let isLate = false;
      const lastOwn = items.findLast((item) => item.role === "visitor");
      items.forEach((item, at) => {
        const before = items[at - 1];
        const after = items[at + 1];
        const isNewDay = !before || !isSameDay(before.created_at, item.created_at);
        const place = {
          isFirst: isNewDay || !isSameGroup(before, item),
          isLast: !after || !isSameGroup(item, after),
          // A conversation of today needs no date above it.
          day: isNewDay && (before || !isSameDay(item.created_at)) ? dayName(item.created_at, chat.region, chat.strings) : "",
          isLastOwn: item === lastOwn,
        };
        let line = lines.get(item.key);
        if (!line) lines.set(item.key, (line = { node: document.createElement("li"), said: 0 }));
        const { node } = line;
        const shown = JSON.stringify(place) + chat.version;
        if (line.item !== item || line.shown !== shown) {
          Object.assign(line, { item, shown });
          node.className = `message ${item.role === "visitor" ? "own" : item.role}${place.isFirst ? " first" : ""}`;
          render(messageView(chat, item, place), node);
          if (isBaseline || !(chat.isOpen || chat.mode !== "launcher")) line.said = item.content.length;
          else if (announce) announce(line, log);
          else isLate = true;
        }
        if (list.children[at] !== node) list.insertBefore(node, list.children[at] ?? null);
      });
      while (list.children.length > items.length) list.lastElementChild!.remove();
      if (chat.state.isLoaded) isBaseline = false;
      // The voice comes with the first message; what it missed by then it says.
      if (isLate)
        import("./announce.ts").then(
          (module) => {
            ({ announce } = module);
            for (const line of lines.values()) announce(line, log);
          },
          () => {},
        );
    },
    forget() {
      lines.clear();
      isBaseline = true;
      log.replaceChildren();
    },
  };
}

function isSameGroup(a: ChatItem, b: ChatItem): boolean {
  return (
    a.role === b.role &&
    a.sender.id === b.sender.id &&
    Date.parse(b.created_at) - Date.parse(a.created_at) < GROUP_MS &&
    isSameDay(a.created_at, b.created_at)
  );
}
