import type { EmbedOptions } from "../protocol/embed.ts";

/** Options as attributes of the element: `offsetX` is `offset-x`, `{meta: {plan}}` is `meta-plan`. */
export function setOptions(chat: Element, options: EmbedOptions): void {
  for (const [name, value] of Object.entries(options)) {
    if (name === "meta") for (const key in value) chat.setAttribute(`meta-${key}`, value[key]);
    else if (value != null)
      chat.setAttribute(
        // The browser would make a tooltip of `title`.
        name === "title" ? "chat-title" : name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
        typeof value === "object" ? JSON.stringify(value) : value,
      );
  }
}
