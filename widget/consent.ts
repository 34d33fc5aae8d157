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
      html`<p id="consent" dir="auto">${consent.text}</p>
        ${consent.url ? html`<p><a href=${consent.url} target="_blank" rel="noopener">${words.read_more}</a></p>` : ""}
        <div>
          <p class="problem" role="alert">${error}</p>
          <button class="primary" aria-describedby="consent" @click=${agree}>${words.agree}</button>
        </div>`,
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
  // Where the focus goes when the chat opens, the field, is covered.
  if (chat.isOpen && !place.dataset["open"]) place.querySelector("button")!.focus({ preventScroll: true });
  place.dataset["open"] = chat.isOpen ? "yes" : "";
}

const styles = css`
  footer[inert],
  [inert] .starters {
    display: none;
  }
  .consent {
    max-block-size: 60%;
    padding: 16px max(16px, 50% - 364px) 0;
    overflow: auto;
    border-block-start: 1px solid var(--line);
  }
  .consent p {
    margin-block-end: 4px;
    white-space: pre-line;
  }
  /* Stays in view, however long the words are. */
  .consent div {
    position: sticky;
    inset-block-end: 0;
    padding-block: 4px 16px;
    background: var(--surface);
  }
  .consent .primary {
    display: inline-block;
  }
`;
