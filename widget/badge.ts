import type { Chat } from "./chat.ts";
import { css } from "./css.ts";
import { fill } from "./i18n/locale.ts";

/** How many messages wait behind the launcher: fetched when the first one does. */
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
