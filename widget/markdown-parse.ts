/**
 * The Markdown that models write, as data: paragraphs, emphasis, code, links, lists, headings, quotes, tables, rules and
 * line breaks. Raw HTML is text. While a reply streams (`isOpen`), syntax that is not finished yet is either completed or
 * held back, so that no half-written marker flashes.
 */
export type Inline =
  | string
  | { type: "strong" | "em" | "del"; children: Inline[] }
  | { type: "code"; text: string }
  /** `href` null: its address was not one we open. */
  | { type: "link"; href: string | null; children: Inline[] }
  | { type: "br" };

export type Block =
  | { type: "paragraph"; children: Inline[] }
  | { type: "heading"; level: number; children: Inline[] }
  | { type: "code"; language: string; text: string }
  | { type: "quote"; blocks: Block[] }
  | { type: "list"; start: number | null; items: Block[][] }
  | { type: "table"; lines: string[]; isOpen: boolean }
  | { type: "rule" };

const DEPTH_MAX = 8;
const FENCE = /^( {0,3})(`{3,}|~{3,})\s*([^\s`]*)[^`]*$/;
const HEADING = /^ {0,3}(#{1,6})\s+(.*?)(?:\s+#+)?\s*$/;
const RULE = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( *)([-*+]|(\d{1,9})[.)])(?: +|$)/;
const TABLE_LINE = /^ {0,3}\|?(?: *:?-+:? *\|)* *:?-+:? *\|? *$/;
/** A last line that may still become anything. */
const UNDECIDED = /^\s*(?:[-*+]|#{1,6}|\d{1,3}[.)]|>|`{1,2}|~{1,2}|[-*_]{2})\s*$/;

const indentOf = (line: string) => line.search(/[^ ]|$/);
const isBlank = (line: string) => !line.trim();

export function parseMarkdown(text: string, isOpen = false): Block[] {
  const lines = text.replace(/\r\n?/g, "\n").replace(/\t/g, "    ").split("\n");
  if (isOpen && UNDECIDED.test(lines.at(-1)!)) lines.pop();
  return parseBlocks(lines, isOpen, 0);
}

function parseBlocks(lines: readonly string[], isOpen: boolean, depth: number): Block[] {
  const blocks: Block[] = [];
  let at = 0;
  /** From here on the lines that are like that. */
  const take = (isLike: (line: string, at: number) => boolean) => {
    const from = at;
    while (at < lines.length && isLike(lines[at]!, at)) at++;
    return lines.slice(from, at);
  };
  /** Whether more may follow to what was just taken. */
  const isGrowing = () => isOpen && at >= lines.length;
  const isTable = (line: string, here: number) => {
    const next = lines[here + 1];
    return (
      line.includes("|") &&
      ((next?.includes("-") && TABLE_LINE.test(next)) ||
        // Its second line has not come yet, or only in part.
        (isOpen && line.trim()[0] === "|" && here + 2 >= lines.length && /^[ |:-]*$/.test(next ?? "")))
    );
  };

  while (at < lines.length) {
    const from = at;
    const line = lines[at]!;
    const fence = FENCE.exec(line);
    const heading = HEADING.exec(line);
    const item = ITEM.exec(line);
    if (isBlank(line)) at++;
    else if (depth >= DEPTH_MAX) paragraph(from);
    else if (fence) {
      at++;
      const end = new RegExp(`^\\s*${fence[2]![0]}{${fence[2]!.length},}\\s*$`);
      const inner = take((one) => !end.test(one));
      // The closing fence arrives character by character.
      if (isGrowing() && /^\s*[`~]+$/.test(inner.at(-1) ?? "")) inner.pop();
      at++;
      const text = inner.map((one) => one.slice(Math.min(indentOf(one), fence[1]!.length))).join("\n");
      blocks.push({ type: "code", language: fence[3]!, text });
    } else if (heading) {
      at++;
      blocks.push({ type: "heading", level: heading[1]!.length, children: parseInline(heading[2]!, isGrowing()) });
    } else if (RULE.test(line)) {
      at++;
      blocks.push({ type: "rule" });
    } else if (QUOTE.test(line)) {
      const inner = take((one) => QUOTE.test(one)).map((one) => one.replace(QUOTE, ""));
      blocks.push({ type: "quote", blocks: parseBlocks(inner, isGrowing(), depth + 1) });
    } else if (item) blocks.push(list(item));
    else if (isTable(line, at)) {
      const rows = take((one, here) => here < from + 2 || one.includes("|"));
      blocks.push({ type: "table", lines: rows, isOpen: isGrowing() });
    } else paragraph(from);
  }
  return blocks;

  function paragraph(from: number): void {
    const inner = take((one, here) => here === from || !(isBlank(one) || startsBlock(one) || isTable(one, here)));
    blocks.push({ type: "paragraph", children: parseInline(inner.map((one) => one.trim()).join("\n"), isGrowing()) });
  }

  function list(first: RegExpExecArray): Block {
    const indent = first[1]!.length;
    const isOrdered = !!first[3];
    const items: Block[][] = [];
    for (let item: RegExpExecArray | null = first; item;) {
      const { length } = item[0];
      // Nested items may be indented by two spaces or by the width of the marker: both are meant as nested.
      const inner = [lines[at++]!.slice(length)];
      inner.push(
        ...take((line, here) => {
          if (isBlank(line)) return here + 1 < lines.length && indentOf(lines[here + 1]!) > indent + 1;
          return indentOf(line) > indent + 1 || !(isBlank(lines[here - 1]!) || startsBlock(line));
        }).map((line) => line.slice(Math.min(indentOf(line), length))),
      );
      items.push(parseBlocks(inner, isGrowing(), depth + 1));
      // A blank line between two items leaves them in one list.
      const end = at;
      take(isBlank);
      item = at < lines.length ? ITEM.exec(lines[at]!) : null;
      if (!item) at = end;
      else if (item[1]!.length < indent || item[1]!.length > indent + 1 || !!item[3] !== isOrdered || RULE.test(lines[at]!))
        break;
    }
    return { type: "list", start: isOrdered ? +first[3]! : null, items };
  }
}

/** What ends a paragraph without a blank line. A number does so only as "1.": "in 2024." is no list. */
function startsBlock(line: string): boolean {
  const item = ITEM.exec(line);
  return FENCE.test(line) || HEADING.test(line) || RULE.test(line) || QUOTE.test(line) || (!!item && !(+item[3]! > 99));
}

const WORD = /[\p{L}\p{N}]/u;
const TOKEN =
  /\\([!-/:-@[-`{-~])|(\n)|(`+)|(!?\[)|<((?:https?:\/\/|mailto:|tel:)[^\s<>]+)>|(?<![\p{L}\p{N}])(https?:\/\/[^\s<>"`]+)|(\*\*?|__?|~~)/gu;

/** `isOpen`: more text may follow. */
export function parseInline(text: string, isOpen = false, depth = 0): Inline[] {
  const out: Inline[] = [];
  // A delimiter without an end further on has none later either: keeps the scan linear.
  const unclosed = new Set<string>();
  const tokens = new RegExp(TOKEN);
  let at = 0;
  const push = (...parts: Inline[]) => {
    for (const part of parts)
      if (typeof part === "string" && typeof out.at(-1) === "string") out.push(`${out.pop() as string}${part}`);
      else if (part) out.push(part);
  };
  /** What stands between here and `end`, and goes on behind `next`. */
  const inner = (end: number, next: number) => {
    const children = parseInline(text.slice(at, end), false, depth + 1);
    at = next;
    return children;
  };
  for (let token = tokens.exec(text); token; tokens.lastIndex = at, token = tokens.exec(text)) {
    const [all, escaped, line, ticks, bracket, auto, bare, mark] = token;
    push(text.slice(at, token.index));
    at = tokens.lastIndex;
    if (escaped) push(escaped);
    else if (line) push({ type: "br" });
    else if (auto) push(anchor(auto, [auto.replace(/^(mailto|tel):/i, "")]));
    else if (bare) {
      const url = trimUrl(bare);
      at += url.length - bare.length;
      push(anchor(url, [url]));
    } else if (ticks) {
      const end = unclosed.has(ticks) ? -1 : closing(ticks);
      if (end < 0) unclosed.add(ticks);
      if (end >= 0 || (isOpen && at < text.length)) {
        const code = text.slice(at, end < 0 ? undefined : end).replace(/\n/g, " ");
        push({ type: "code", text: end < 0 ? code.replace(/`+$/, "") : code.replace(/^ (.+) $/, "$1") });
        at = end < 0 ? text.length : end + ticks.length;
      } else if (!isOpen) push(ticks);
    } else if (depth >= DEPTH_MAX) push(all);
    else if (bracket) {
      const end = unclosed.has("[") ? -1 : closingBracket(text, at);
      const rest = text.slice(end + 1, end + 4200);
      const target = /^\(\s*<?((?:[^\s()<>]|\([^\s()]*\))*)>?(?:\s+(?:"[^"]*"|'[^']*'|\([^)]*\)))?\s*\)/.exec(rest);
      if (end < 0) {
        unclosed.add("[");
        if (!isOpen) push(all);
      } else if (target) {
        const children = inner(end, end + 1 + target[0].length);
        push(anchor(target[1]!, children[0] ? children : [target[1]!]));
      } else if (isOpen && /^(\([^)\n]*)?$/.test(rest)) push(...inner(end, text.length));
      else push(all);
    } else {
      const before = text[token.index - 1] ?? " ";
      const after = text[at] ?? "";
      const type = mark![1] ? (mark === "~~" ? "del" : "strong") : "em";
      const canOpen = after.trim() && !(mark![0] === "_" && WORD.test(before));
      const end = canOpen && !unclosed.has(mark!) ? closingMark(text, at, mark!) : -1;
      if (end >= 0) push({ type, children: inner(end, end + mark!.length) });
      else {
        if (canOpen) unclosed.add(mark!);
        // Most likely it will be closed: show it so already.
        if (canOpen && isOpen && (mark![1] || !WORD.test(before))) {
          push({ type, children: parseInline(text.slice(at).replace(/[*_~]+$/, ""), true, depth + 1) });
          at = text.length;
        } else if (!isOpen || after) push(mark!);
      }
    }
  }
  push(text.slice(at));
  return out;

  /** Where a run of exactly these backticks begins. */
  function closing(ticks: string): number {
    const runs = /`+/g;
    runs.lastIndex = at;
    for (let run = runs.exec(text); run; run = runs.exec(text)) if (run[0] === ticks) return run.index;
    return -1;
  }
}

function closingBracket(text: string, from: number): number {
  let open = 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === "[") open++;
    else if (text[at] === "]" && !--open) return at;
  }
  return -1;
}

function closingMark(text: string, from: number, mark: string): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text.startsWith(mark, at)) {
      // A run of three closes both: the inner one takes its share first.
      while (mark[1] && text[at + 2] === mark[0]) at++;
      const isSingle = mark[1] || (text[at + 1] !== mark && text[at - 1] !== mark);
      if (isSingle && text[at - 1]!.trim() && !(mark[0] === "_" && WORD.test(text[at + mark.length] ?? ""))) return at;
    }
  }
  return -1;
}

function trimUrl(url: string): string {
  const end = url.replace(/[.,:;!?'*_~]+$/, "");
  return end.endsWith(")") && end.split(")").length > end.split("(").length ? trimUrl(end.slice(0, -1)) : end;
}

const anchor = (url: string, children: Inline[]): Inline => ({ type: "link", href: safeHref(url), children });

/** Only schemes that open something harmless; relative addresses would lead into the host's site. */
export function safeHref(url: string): string | null {
  try {
    const { protocol, href } = new URL(url);
    return /^(https?|mailto|tel):$/.test(protocol) ? href : null;
  } catch {
    return null;
  }
}
