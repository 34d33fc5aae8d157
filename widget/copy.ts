import { html, nothing } from "lit/html.js";
import type { Chat } from "./chat.ts";
import { moreStrings } from "./i18n/more.ts";

const COPIED_MS = 1500;

/** Puts `text` on the clipboard and says so. `face`: an icon instead of the word. */
export function copyButton(chat: Chat, text: string, face?: unknown): unknown {
  // Not there on plain http pages.
  if (!navigator.clipboard) return nothing;
  const { copy, copied } = moreStrings(chat.locale);
  const click = async (event: Event) => {
    const said = (event.currentTarget as Element).nextElementSibling!;
    await navigator.clipboard.writeText(text);
    said.textContent = copied;
    setTimeout(() => (said.textContent = ""), COPIED_MS);
  };
  return html`<button type="button" aria-label=${copy} title=${copy} @click=${(event: Event) => void click(event)}>
      ${face ?? copy}</button
    ><span role="status"></span>`;
}
