import { html, render } from "lit/html.js";
import type { Chat } from "./chat.ts";
import { css } from "./css.ts";
import { moreStrings } from "./i18n/more.ts";
import { askAsVisitor } from "./own-data.ts";

/** Stands over the chat until the visitor agrees to what the agent's owner asks for; called at each draw. */
export function askConsent(chat: Chat): void {
  const consent = chat.state.agent?.consent;
  const key = chat.keyOf("consent");
  const panel = chat.root.querySelector(".panel")!;
  const covered = panel.querySelectorAll<HTMLElement>(".scroller, footer");
  let place = panel.querySelector<HTMLElement>(".consent");
  const isOwed = !!consent && chat.storage.get(key) !== consent.text;
  for (const part of covered) part.inert = isOwed;
  if (!isOwed) return place?.remove();
  chat.adopt(styles);
  if (!place) {
    place = document.createElement("div");
    place.className = "consent";
    place.setAttribute("role", "group");
    panel.append(place);
  }
  const words = moreStrings(chat.locale);
  const draw = (error = "") =>
    render(
      html`<p dir="auto">${consent.text}</p>
        ${consent.url ? html`<p><a href=${consent.url} target="_blank" rel="noopener">${words.read_more}</a></p>` : ""}
        <p role="alert">${error}</p>
        <button class="primary" @click=${agree}>${words.agree}</button>`,
      place!,
    );
  const agree = () =>
    void askAsVisitor(chat, "PUT", "/public/me/consent").then(
      (response) => {
        if (!response.ok) return draw(words.not_done);
        chat.storage.set(key, consent.text);
        chat.refresh();
        queueMicrotask(() => (askConsent(chat), chat.focus()));
      },
      () => draw(words.not_done),
    );
  draw();
}

const styles = css`
  footer[inert] {
    display: none;
  }
  .consent {
    max-block-size: 60%;
    padding: 16px;
    overflow: auto;
    border-block-start: 1px solid var(--line);
    white-space: pre-line;
  }
`;
