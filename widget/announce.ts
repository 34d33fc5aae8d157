import type { Line } from "./message-list.ts";
import { nextSentences, withoutMarks } from "./sentences.ts";

const ANNOUNCED_MAX = 20;

/** The voice for screen readers: what of a line was not said yet, by whole sentences while it grows. */
export function announce(line: Line, log: Element): void {
  const { content, role, status } = line.item!;
  if (role === "visitor") return;
  const { say, upTo } = nextSentences(content, Math.min(line.said, content.length), status !== "streaming");
  line.said = upTo;
  if (!say) return;
  const words = document.createElement("p");
  words.textContent = role === "assistant" ? withoutMarks(say) : say;
  log.append(words);
  if (log.childElementCount > ANNOUNCED_MAX) log.firstElementChild!.remove();
}
