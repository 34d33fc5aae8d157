import { html, nothing } from "lit/html.js";
import type { Chat } from "./chat.ts";
import { fill } from "./i18n/locale.ts";
import { icon, sendPath, stopPath } from "./icons.ts";

/** Share of the limit from which the counter shows. */
const COUNTER_FROM = 0.9;

/** Where a person writes. Enter sends, Shift+Enter breaks the line, an Enter that ends an IME composition does neither. */
export function composerView(chat: Chat): unknown {
  const { strings, client } = chat;
  const { contentCharsMax, streamingId } = chat.state;
  const { length } = chat.draft;
  const left = contentCharsMax - length;
  const isEmpty = !chat.draft.trim();
  const label = chat.option("placeholder") || strings.write;
  const hasCounter = length >= contentCharsMax * COUNTER_FROM;
  // While a reply streams an empty composer stops it; with words in it, it sends them.
  const isStop = streamingId && isEmpty;
  const words = isStop ? strings.stop : strings.send;
  const submit = (event: Event) => {
    event.preventDefault();
    if (isStop && event.type === "submit") client.cancel();
    else if (!isEmpty && left >= 0) {
      const text = chat.draft;
      chat.write("");
      client.send(text);
    }
  };
  return html`<form @submit=${submit}>
      <textarea
        dir="auto"
        enterkeyhint="send"
        aria-label=${label}
        placeholder=${label}
        aria-invalid=${left < 0 || nothing}
        @input=${(event: Event) => {
          chat.write((event.target as HTMLTextAreaElement).value);
          client.typing(chat.draft !== "");
        }}
        @keydown=${(event: KeyboardEvent) => {
          // 229: browsers that end the composition before they tell of the key.
          if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) submit(event);
        }}
      ></textarea>
      <button class="icon go" aria-label=${words} title=${words} disabled=${(!isStop && (isEmpty || left < 0)) || nothing}>
        ${icon(isStop ? stopPath : sendPath)}
      </button>
    </form>
    <div role="status" class=${left < 0 ? "over" : ""}>
      ${hasCounter ? fill(left < 0 ? strings.too_long : strings.left, Math.abs(left)) : nothing}
    </div>`;
}

/** The field takes the draft and as much height as it needs. */
export function fitField(field: HTMLTextAreaElement, text: string): void {
  if (field.value !== text) field.value = text;
  field.style.blockSize = "";
  field.style.blockSize = text && `${field.scrollHeight}px`;
}
