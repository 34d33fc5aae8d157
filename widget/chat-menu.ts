import { html, render } from "lit/html.js";
import type { Chat } from "./chat.ts";
import { css } from "./css.ts";
import { moreStrings } from "./i18n/more.ts";
import { icon } from "./icons.ts";
import { isSoundOn, setSound } from "./sound.ts";
import { eraseOwnData, saveOwnData, wordsOf } from "./own-data.ts";
import { saveTranscript } from "./transcript.ts";
import { newConversation } from "./verbs.ts";

const PLUS = "M12 5v14M5 12h14";
const SAVE = "M12 4v11m-4.500-4.500L12 15l4.500-4.500M5 19h14";
const PERSON = "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM5 20c.500-3.500 3.500-5 7-5s6.500 1.500 7 5";
const BIN = "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13";
const CROSS = "m6 6 12 12M18 6 6 18";
const BELL = "M6 16v-5a6 6 0 1 1 12 0v5l1.500 2h-15zM10.500 21h3";

/** What is behind the menu button: opens it, or closes it. */
export function toggleMenu(chat: Chat): void {
  chat.adopt(styles);
  const button = chat.root.querySelector<HTMLElement>("header button")!;
  const bar = button.parentElement!;
  const isOpen = button.ariaExpanded === "true";
  let place = bar.querySelector<HTMLElement>(".menu");
  if (!place) {
    place = document.createElement("ul");
    place.id = "menu-items";
    place.className = "menu";
    bar.append(place);
    button.setAttribute("aria-controls", place.id);
    bar.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || button.ariaExpanded !== "true") return;
      event.stopPropagation();
      show(false);
      button.focus();
    });
    bar.addEventListener("focusout", ({ relatedTarget }) => {
      const to = relatedTarget as Element | null;
      if (to !== button && !place!.contains(to)) show(false);
    });
  }
  const show = (isShown: boolean) => {
    button.ariaExpanded = String(isShown);
    place.hidden = !isShown;
  };
  const then = (fn: () => unknown) => () => {
    show(false);
    button.focus();
    fn();
  };
  const words = moreStrings(chat.locale);
  const draw = (items: unknown) => render(items, place);
  const item = (path: string, label: string, fn: () => void) =>
    html`<li><button @click=${fn}>${icon(path)}${label}</button></li>`;
  /** Stays open, because it has something to say or to ask. */
  const say = (text: string, ...buttons: unknown[]) => {
    draw(
      html`<li><p role="alert">${text}</p></li>
        ${buttons}`,
    );
    // What had the focus may be gone.
    show(true);
    place.querySelector<HTMLElement>("button")?.focus();
  };
  const back = () => {
    show(false);
    button.focus();
  };
  const attempt = (work: Promise<void>) =>
    work.then(back, (err: unknown) => say(wordsOf(err, words.not_done), item(CROSS, words.ok, back)));
  draw(
    html`${item(
        PLUS,
        chat.strings.new_conversation,
        then(() => newConversation(chat)),
      )}
      ${item(
        SAVE,
        words.download,
        then(() => saveTranscript(chat)),
      )}
      <li>
        <button role="switch" aria-checked=${isSoundOn(chat)} @click=${then(() => setSound(chat, !isSoundOn(chat)))}>
          ${icon(BELL)}${words.sound}
        </button>
      </li>
      ${item(PERSON, words.my_data, () => void attempt(saveOwnData(chat)))}
      ${item(BIN, words.erase, () =>
        say(
          words.erase_sure,
          item(CROSS, words.erase_no, back),
          item(BIN, words.erase_yes, () => void attempt(eraseOwnData(chat))),
        ),
      )}`,
  );
  show(!isOpen);
}

const styles = css`
  header {
    position: relative;
    z-index: 1;
  }
  .menu {
    position: absolute;
    inset-block-start: calc(100% - 4px);
    inset-inline-end: max(10px, 50% - 364px);
    min-inline-size: 210px;
    padding: 6px;
    border-radius: 12px;
    background: var(--surface);
    box-shadow:
      0 0 0 1px var(--line),
      0 8px 28px #0f14282e;
  }
  .menu button {
    display: flex;
    align-items: center;
    gap: 10px;
    box-sizing: border-box;
    inline-size: 100%;
    padding: 8px 10px;
    border-radius: 8px;
    font-size: 14px;
  }
  .menu button:hover {
    background: var(--hover);
  }
  .menu p {
    max-inline-size: 240px;
    margin: 0;
    padding: 8px 10px;
    font-size: 14px;
  }
  .menu svg {
    color: var(--muted);
  }
  [role="switch"]::after {
    content: "";
    inline-size: 26px;
    block-size: 16px;
    margin-inline-start: auto;
    border-radius: 8px;
    background: radial-gradient(circle at 8px, var(--surface) 6px, transparent 6.5px) var(--muted);
  }
  [role="switch"][aria-checked="true"]::after {
    background: radial-gradient(circle at 18px, var(--on) 6px, transparent 6.5px) var(--accent);
  }
`;
