import { html, nothing } from "lit/html.js";
import type { ChatItem } from "../client/chat-state.ts";
import type { Chat } from "./chat.ts";
import { copyButton } from "./copy.ts";
import { css } from "./css.ts";
import { moreStrings } from "./i18n/more.ts";
import { icon } from "./icons.ts";

const UP = "M7 11v9H4v-9zm0 0 4-8a2 2 0 0 1 3 2l-1 4h5a2 2 0 0 1 2 2.500l-1.600 7A2 2 0 0 1 16.500 20H7";
const DOWN = "M17 13V4h3v9zm0 0-4 8a2 2 0 0 1-3-2l1-4H6a2 2 0 0 1-2-2.500l1.600-7A2 2 0 0 1 7.500 4H17";

/** What stands under a finished reply: copy, and whether it helped. */
export function messageTools(chat: Chat, item: ChatItem): unknown {
  chat.adopt(styles);
  if (!item.content) return nothing;
  const words = moreStrings(chat.locale);
  const thumb = (rating: "up" | "down", label: string, path: string) =>
    item.role === "assistant"
      ? html`<button
          aria-label=${label}
          title=${label}
          aria-pressed=${item.feedback === rating}
          @click=${() => chat.client.rate(item, item.feedback === rating ? null : rating)}
        >
          ${icon(path)}
        </button>`
      : nothing;
  return html`${copyButton(chat, item.content, icon(COPY))} ${thumb("up", words.helpful, UP)}
  ${thumb("down", words.not_helpful, DOWN)}`;
}
const COPY = "M11 9h7a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2h-7a2 2 0 0 1-2-2v-7a2 2 0 0 1 2-2M5 15V6a2 2 0 0 1 2-2h8";

const styles = css`
  .tools button {
    padding: 4px;
    margin: -4px 0;
    border-radius: 6px;
  }
  .tools button:hover,
  .tools [aria-pressed="true"] {
    color: var(--text);
    background: var(--hover);
  }
  .tools [aria-pressed="true"] svg {
    fill: var(--bubble);
    stroke: var(--link);
  }
  @media (hover: hover) {
    .tools {
      opacity: 0;
      transition: opacity 0.12s;
    }
    li:last-child > .tools,
    li:hover > .tools,
    li:focus-within > .tools {
      opacity: 1;
    }
  }
`;
