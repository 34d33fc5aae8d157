import type { ChatItem } from "../client/chat-state.ts";
import type { Chat } from "./chat.ts";
import type { Strings } from "./i18n/en.ts";
import { plainText } from "./plain-text.ts";
import { saveFile } from "./save-file.ts";

/** The conversation as plain text, one block a message. */
export function transcript(items: readonly ChatItem[], agentName: string, locale: string, strings: Strings): string {
  const time = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  const blocks = items
    .filter((item) => item.content !== "")
    .map((item) => {
      const name = item.role === "visitor" ? strings.you : (item.sender.name ?? (item.role === "system" ? "" : agentName));
      const text = item.role === "assistant" ? plainText(item.content) : item.content;
      return `[${time.format(new Date(item.created_at))}] ${name ? `${name}: ` : ""}${text}`;
    });
  return `${agentName}\n\n${blocks.join("\n\n")}\n`;
}

/** Hands the conversation to the browser as a text file. */
export function saveTranscript(chat: Chat): void {
  const text = transcript(chat.state.items, chat.option("chat-title") ?? chat.state.agent?.name ?? "", chat.region, chat.strings);
  saveFile(`${chat.option("agent")}.txt`, text, "text/plain");
}
