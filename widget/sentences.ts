/**
 * What of a growing text may be read aloud next: whole sentences from `from` on, everything once it `isDone`. A screen
 * reader that hears every token hears nothing (WAI-ARIA `log`).
 */
export function nextSentences(text: string, from: number, isDone: boolean): { say: string; upTo: number } {
  if (isDone) return { say: text.slice(from).trim(), upTo: text.length };
  let upTo = from;
  for (const match of text.slice(from).matchAll(/[.!?…。！？؟।]["'”’)\]*_]*(?=\s)|\n/gu))
    upTo = from + match.index + match[0].length;
  return { say: text.slice(from, upTo).trim(), upTo };
}

/** Roughly the words alone, as they are read aloud: Markdown's marks and the addresses of links fall away. */
export function withoutMarks(text: string): string {
  return text
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/^\s*(?:#+|>|[-*+]|```.*)(?=\s|$)|[*`~]+|(?<!\w)_+|_+(?!\w)|\|/gm, "")
    .trim();
}
