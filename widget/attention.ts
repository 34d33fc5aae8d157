import type { Chat } from "./chat.ts";
import { css } from "./css.ts";
import { fill } from "./i18n/locale.ts";
import { isSoundOn, playSound } from "./sound.ts";

const TOLD_MS = 5000;
let title: string | null = null;

/** A message came while nobody was looking: the count stands in the title, and one of all tabs makes a sound. */
export function attract(chat: Chat): void {
  const { unread, items } = chat.state;
  if (document.visibilityState === "hidden" && unread > 0) {
    if (title === null) {
      title = document.title;
      document.addEventListener("visibilitychange", restore);
    }
    document.title = `(${unread}) ${title}`;
  }
  if (!isSoundOn(chat)) return;
  const locks = navigator.locks as LockManager | undefined;
  if (!locks) return playSound();
  void locks.request(`renus:sound:${items.at(-1)?.key}`, { ifAvailable: true }, async (lock) => {
    if (!lock) return;
    playSound();
    await new Promise((resolve) => setTimeout(resolve, TOLD_MS));
  });
}

function restore(): void {
  if (document.visibilityState === "hidden" || title === null) return;
  document.title = title;
  title = null;
  document.removeEventListener("visibilitychange", restore);
}

/** How many messages wait behind the launcher. */
export function showBadge({ launcher, isOpen, state, strings }: Chat): void {
  const root = launcher!.getRootNode() as ShadowRoot;
  if (!root.adoptedStyleSheets.includes(styles)) root.adoptedStyleSheets.push(styles);
  const count = isOpen ? 0 : state.unread;
  launcher!.dataset["unread"] = `${Math.min(count, 99) || ""}`;
  if (count) launcher!.ariaLabel = `${strings.open_chat}, ${fill(strings.unread, count)}`;
}

const styles = css`
  [data-unread]:not([data-unread=""])::after {
    content: attr(data-unread);
    position: absolute;
    top: -2px;
    right: -2px;
    min-width: 20px;
    box-sizing: border-box;
    padding: 0 5px;
    border-radius: 10px;
    background: #c62832;
    color: #fff;
    font: 600 12px/20px system-ui;
    text-align: center;
  }
`;
