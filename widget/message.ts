import { html, nothing } from "lit/html.js";
import type { ChatItem } from "../client/chat-state.ts";
import type { Chat } from "./chat.ts";
import { clockTime } from "./dates.ts";
import { fill } from "./i18n/locale.ts";
import { checkPath, checksPath, clockPath, icon } from "./icons.ts";
import { markdown } from "./markdown.ts";

/** How a message stands among its neighbours. */
export interface Place {
  /** First and last of its author's group. */
  isFirst: boolean;
  isLast: boolean;
  /** Name of the day that begins with it; empty otherwise. */
  day: string;
  /** The newest of the visitor's own: the one that says how far it got. */
  isLastOwn: boolean;
}

let tools: typeof import("./message-tools.ts") | undefined;

/** One line of the conversation: bubble, byline, delivery. */
export function messageView(chat: Chat, item: ChatItem, { isFirst, isLast, day, isLastOwn }: Place): unknown {
  const { strings, region } = chat;
  const { role, content, status, sender } = item;
  if (role === "system")
    return html`${day && html`<p class="system">${day}</p>`}
      <p class="system" dir="auto">${content}</p>`;
  const isOwn = role === "visitor";
  const time = clockTime(item.created_at, region);
  // The agent's own replies need no byline: their name stands in the header.
  const byline = !isOwn && sender.name !== chat.state.agent?.name && sender.name;
  const isStreaming = status === "streaming";
  return html`${day && html`<p class="system">${day}</p>`}
    ${byline && isFirst ? html`<b class="meta" aria-hidden="true">${byline}</b>` : nothing}
    <span class="hidden"
      >${fill(strings.wrote, isOwn ? strings.you : (sender.name ?? "")) + " "}<time datetime=${item.created_at}
        >${time}</time
      ></span
    >
    ${
      content || isStreaming
        ? html`<div class="bubble" part="bubble" dir="auto" title=${time}>
            ${isOwn ? content : html`<div class="text ${isStreaming ? "caret" : ""}">${markdown(content, isStreaming, chat)}</div>`}
          </div>`
        : nothing
    }
    ${isOwn ? delivery(chat, item, isLastOwn, time) : isStreaming ? nothing : afterReply(chat, item, isLast, time)}`;
}

function delivery(chat: Chat, item: ChatItem, isLastOwn: boolean, time: string): unknown {
  const { strings, client } = chat;
  const state = item.delivery;
  if (state === "failed")
    return html`<div class="meta problem" role="alert">
      ${strings.not_sent}. ${item.error}
      <button @click=${() => client.retry(item)}>${strings.retry}</button>
      <button @click=${() => chat.write(client.discard(item))}>${strings.discard}</button>
    </div>`;
  if (!isLastOwn || !state) return nothing;
  const [path, words] =
    state === "sending"
      ? [clockPath, strings.sending]
      : state === "sent"
        ? [checkPath, strings.sent]
        : [checksPath, strings.read];
  return html`<div class="meta ${state}">${icon(path)}<span>${words}</span><span aria-hidden="true">· ${time}</span></div>`;
}

function afterReply(chat: Chat, item: ChatItem, isLast: boolean, time: string): unknown {
  const { strings } = chat;
  if (item.status === "failed")
    return html`<div class="meta problem" role="alert">
      ${strings.reply_failed}
      ${isLast ? html`<button @click=${() => chat.client.retry(item)}>${strings.retry}</button>` : nothing}
    </div>`;
  if (!isLast) return nothing;
  // Copy and thumbs come with the first finished reply.
  if (!tools)
    import("./message-tools.ts").then(
      (module) => ((tools = module), (chat.version += " "), chat.refresh()),
      () => {},
    );
  return html`<div class="meta tools">
    ${item.status === "cancelled" ? html`<span>${strings.reply_cancelled} ·</span>` : nothing}
    <span aria-hidden="true">${time}</span>${tools?.messageTools(chat, item)}
  </div>`;
}
