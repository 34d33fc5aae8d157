import { html, nothing } from "lit/html.js";
import type { Chat } from "./chat.ts";
import { composerView } from "./composer.ts";
import { fill } from "./i18n/locale.ts";
import { closePath, icon, menuPath } from "./icons.ts";

/** The whole chat but its lines, which stand in `ol`. */
export function panelView(chat: Chat): unknown {
  const { strings, state, mode, isModal } = chat;
  const theme = chat.option("theme");
  const { isUnavailable: isGone } = state;
  const isLauncher = mode === "launcher";
  const [status, words] = statusOf(chat);
  const button = (label: string, path: string, click: () => void) =>
    html`<button class="icon" aria-label=${label} title=${label} @click=${click}>${icon(path)}</button>`;
  return html`<section
    class="panel ${mode} ${theme === "light" || theme === "dark" ? theme : (state.agent?.appearance.theme ?? "")} ${chat.option("position") ?? ""} ${
      chat.isOpen ? "shown" : ""
    } ${isModal ? "sheet" : ""}"
    part="panel"
    id="panel"
    role=${isLauncher ? "dialog" : "region"}
    aria-modal=${isModal || nothing}
    aria-labelledby="name"
    @keydown=${(event: KeyboardEvent) => {
      if (event.key === "Escape" && isLauncher && !event.isComposing) {
        event.stopPropagation();
        chat.close();
      }
    }}
  >
    <header part="header">
      ${avatar(chat)}
      <div class="who">
        <h1 id="name"><bdi>${chat.option("chat-title") ?? state.agent?.name ?? "Chat"}</bdi></h1>
        <p role="status" class="meta status ${status}">${words}</p>
      </div>
      <slot name="actions"></slot>
      ${button(strings.menu, menuPath, () => void import("./chat-menu.ts").then(({ toggleMenu }) => toggleMenu(chat)))}
      ${isLauncher ? button(strings.close_chat, closePath, chat.close) : nothing}
    </header>
    <div class="scroller" tabindex="0" role="region" aria-label=${strings.messages}>
      <div class="content">
        ${isGone || !state.items[0] ? intro(chat, isGone) : top(chat)}
        <ol></ol>
        ${state.isTyping && !state.streamingId ? html`<div class="bubble typing" aria-hidden="true"></div>` : nothing}
      </div>
    </div>
    <div class="hidden" role="log" aria-live="polite"></div>
    ${
      isGone
        ? nothing
        : html`<footer>
            ${chat.hasNew ? html`<button class="pill" @click=${chat.jump}>${strings.new_messages}</button>` : nothing}
            <p role="status">${chat.isNetworkUp ? "" : strings.offline_note}</p>
            ${
              state.isClosed
                ? html`<p>${strings.closed}</p>
                    <button
                      class="primary"
                      @click=${() => void import("./verbs.ts").then(({ newConversation }) => newConversation(chat))}
                    >
                      ${strings.new_conversation}
                    </button>`
                : composerView(chat)
            }
          </footer>`
    }
  </section>`;
}

function avatar({ state }: Chat): unknown {
  const url = state.agent?.appearance.avatar_url;
  return url
    ? html`<img class="avatar" src=${url} alt="" />`
    : html`<span class="avatar" aria-hidden="true">${state.agent?.initials}</span>`;
}

/** What stands where nothing has been said yet, or where nothing can be said. */
function intro(chat: Chat, isGone: boolean): unknown {
  const { strings, state } = chat;
  const about = isGone ? strings.unavailable : state.agent?.description;
  if (!state.agent && !isGone) return nothing;
  return html`<div class="intro">
    ${avatar(chat)}
    <h2 dir="auto">${isGone ? strings.unavailable_title : greeting(chat) || strings.hello}</h2>
    ${about ? html`<p dir="auto">${isGone && state.refusal?.status === 403 ? state.refusal.message : about}</p>` : nothing}
    ${
      isGone
        ? nothing
        : html`<ul class="starters" aria-label=${strings.starters}>
            ${starters(chat).map(
              (text) =>
                html`<li>
                  <button class="chip" dir="auto" @click=${() => (chat.client.send(text), chat.focus())}>${text}</button>
                </li>`,
            )}
          </ul>`
    }
  </div>`;
}

/** The page's own, or the agent's. */
function starters(chat: Chat): readonly string[] {
  try {
    return (JSON.parse(chat.option("prompts")!) as unknown[]).map(String).slice(0, 4);
  } catch {
    return chat.state.agent?.starters ?? [];
  }
}

function top(chat: Chat): unknown {
  if (chat.state.hasOlder) return html`<button class="chip" @click=${chat.client.loadOlder}>${chat.strings.older}</button>`;
  const text = greeting(chat);
  return text ? html`<div class="bubble" dir="auto">${text}</div>` : nothing;
}

const greeting = (chat: Chat) => chat.option("greeting") || chat.state.agent?.greeting;

function statusOf({ strings, state, isNetworkUp }: Chat): [string, string] {
  const { connection, ownerName } = state;
  if (state.isUnavailable) return ["", strings.paused];
  if (!isNetworkUp) return ["", strings.offline];
  if (connection !== "online") return ["busy", connection === "reconnecting" ? strings.reconnecting : strings.connecting];
  if (state.isTyping || state.streamingId) return ["online", strings.typing];
  return ["online", ownerName ? fill(strings.with_person, ownerName) : strings.online];
}
