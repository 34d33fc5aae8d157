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
const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([^\s`]*)[^`]*$/;
const HEADING = /^ {0,3}(#{1,6})\s+(.*?)(?:\s+#+)?\s*$/;
const RULE = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( *)([-*+]|\d{1,9}[.)])(?: +|$)/;
const TABLE_LINE = /^ {0,3}\|?(?: *:?-+:? *\|)* *:?-+:? *\|? *$/;
/** A last line that may still become anything. */
const UNDECIDED = /^\s*(?:[-*+]|#{1,6}|\d{1,3}[.)]|>|`{1,2}|~{1,2}|[-*_]{2})\s*$/;

export function parseMarkdown(text: string, isOpen = false): Block[] {
  const lines = text.replace(/\r\n?/g, "\n").replace(/\t/g, "    ").split("\n");
  if (isOpen && UNDECIDED.test(lines.at(-1)!)) lines.pop();
  return parseBlocks(lines, isOpen, 0);
}

function parseBlocks(lines: readonly string[], isOpen: boolean, depth: number): Block[] {
  const blocks: Block[] = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at]!;
    if (line.trim() === "") {
      at++;
      continue;
    }
    const [block, next] = depth < DEPTH_MAX ? parseBlock(lines, at, isOpen, depth) : paragraph(lines, at, isOpen);
    blocks.push(block);
    at = next;
  }
  return blocks;
}

function parseBlock(lines: readonly string[], at: number, isOpen: boolean, depth: number): [Block, number] {
  const line = lines[at]!;
  const fence = FENCE.exec(line);
  if (fence) return code(lines, at, fence, isOpen);
  const heading = HEADING.exec(line);
  if (heading) {
    const isLast = isOpen && at === lines.length - 1;
    return [{ type: "heading", level: heading[1]!.length, children: parseInline(heading[2]!, isLast) }, at + 1];
  }
  if (RULE.test(line)) return [{ type: "rule" }, at + 1];
  if (QUOTE.test(line)) {
    let end = at;
    while (end < lines.length && QUOTE.test(lines[end]!)) end++;
    const inner = lines.slice(at, end).map((one) => one.replace(QUOTE, ""));
    return [{ type: "quote", blocks: parseBlocks(inner, isOpen && end === lines.length, depth + 1) }, end];
  }
  const item = ITEM.exec(line);
  if (item) return list(lines, at, item, isOpen, depth);
  if (isTableAt(lines, at, isOpen)) return table(lines, at, isOpen);
  return paragraph(lines, at, isOpen);
}

function code(lines: readonly string[], at: number, fence: RegExpExecArray, isOpen: boolean): [Block, number] {
  const marker = fence[1]!;
  const closes = (line: string) => {
    const trimmed = line.trim();
    return trimmed.length >= marker.length && trimmed === marker[0]!.repeat(trimmed.length);
  };
  let end = at + 1;
  while (end < lines.length && !closes(lines[end]!)) end++;
  const isClosed = end < lines.length;
  const inner = lines.slice(at + 1, end);
  // The closing fence arrives character by character.
  if (!isClosed && isOpen && inner.length > 0 && /^\s*[`~]+$/.test(inner.at(-1)!)) inner.pop();
  const indent = /^ */.exec(lines[at]!)![0];
  const text = inner.map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line.trimStart())).join("\n");
  return [{ type: "code", language: fence[2]!, text }, isClosed ? end + 1 : end];
}

function list(lines: readonly string[], from: number, first: RegExpExecArray, isOpen: boolean, depth: number): [Block, number] {
  const indent = first[1]!.length;
  const isOrdered = /\d/.test(first[2]!);
  const items: Block[][] = [];
  let at = from;
  while (at < lines.length) {
    const item = ITEM.exec(lines[at]!);
    if (
      !item ||
      item[1]!.length > indent + 1 ||
      item[1]!.length < indent ||
      /\d/.test(item[2]!) !== isOrdered ||
      RULE.test(lines[at]!)
    )
      break;
    const inner = [lines[at]!.slice(item[0].length)];
    at++;
    while (at < lines.length) {
      const line = lines[at]!;
      const own = /^ */.exec(line)![0].length;
      if (line.trim() === "") {
        const next = lines[at + 1];
        if (next === undefined || /^ */.exec(next)![0].length < indent + 2) break;
      } else if (own < indent + 2 && (lines[at - 1]!.trim() === "" || startsBlock(line))) break;
      // Nested items may be indented by two spaces or by the width of the marker: both are meant as nested.
      inner.push(line.slice(Math.min(own, item[0].length)));
      at++;
    }
    items.push(parseBlocks(inner, isOpen && at >= lines.length, depth + 1));
    // A blank line between two items leaves them in one list.
    let next = at;
    while (next < lines.length && lines[next]!.trim() === "") next++;
    if (next < lines.length && ITEM.test(lines[next]!)) at = next;
  }
  return [{ type: "list", start: isOrdered ? parseInt(first[2]!, 10) : null, items }, at];
}

function isTableAt(lines: readonly string[], at: number, isOpen: boolean): boolean {
  const line = lines[at]!;
  if (!line.includes("|")) return false;
  const next = lines[at + 1];
  if (next !== undefined && next.includes("-") && TABLE_LINE.test(next)) return true;
  // Its second line has not come yet, or only in part.
  return isOpen && line.trimStart().startsWith("|") && at + 2 >= lines.length && /^[ |:-]*$/.test(next ?? "");
}

/** Its cells are read by what renders it. */
function table(lines: readonly string[], at: number, isOpen: boolean): [Block, number] {
  let end = Math.min(at + 2, lines.length);
  while (end < lines.length && lines[end]!.includes("|")) end++;
  return [{ type: "table", lines: lines.slice(at, end), isOpen: isOpen && end === lines.length }, end];
}

function paragraph(lines: readonly string[], from: number, isOpen: boolean): [Block, number] {
  let at = from + 1;
  while (at < lines.length && lines[at]!.trim() !== "" && !startsBlock(lines[at]!) && !isTableAt(lines, at, isOpen)) at++;
  const text = lines
    .slice(from, at)
    .map((line) => line.trim())
    .join("\n");
  return [{ type: "paragraph", children: parseInline(text, isOpen && at === lines.length) }, at];
}

/** What ends a paragraph without a blank line. A number does so only as "1.": "in 2024." is no list. */
function startsBlock(line: string): boolean {
  const item = ITEM.exec(line);
  return (
    FENCE.test(line) ||
    HEADING.test(line) ||
    RULE.test(line) ||
    QUOTE.test(line) ||
    (item !== null && (!/\d/.test(item[2]!) || parseInt(item[2]!, 10) < 100))
  );
}

const PUNCTUATION = /[!-/:-@[-`{-~]/;
const WORD = /[\p{L}\p{N}]/u;
const URL_START = /https?:\/\/[^\s<>"`]+/y;

/** `isOpen`: more text may follow. */
export function parseInline(text: string, isOpen = false, depth = 0): Inline[] {
  const out: Inline[] = [];
  const push = (part: Inline) => {
    const last = out.at(-1);
    if (typeof part === "string" && typeof last === "string") out[out.length - 1] = last + part;
    else if (part !== "") out.push(part);
  };
  // A delimiter without an end further on has none later either: keeps the scan linear.
  const unclosed = new Set<string>();
  let at = 0;
  while (at < text.length) {
    const char = text[at]!;
    if (char === "\\" && PUNCTUATION.test(text[at + 1] ?? "")) {
      push(text[at + 1]!);
      at += 2;
    } else if (char === "\n") {
      push({ type: "br" });
      at++;
    } else if (char === "`") {
      at = codeSpan(text, at, isOpen, unclosed, push);
    } else if (depth < DEPTH_MAX && (char === "[" || (char === "!" && text[at + 1] === "["))) {
      at = link(text, at, isOpen, depth, unclosed, push);
    } else if (char === "<") {
      const auto = /^<((?:https?:\/\/|mailto:|tel:)[^\s<>]+)>/i.exec(text.slice(at, at + 2100));
      if (auto) push(anchor(auto[1]!, [auto[1]!.replace(/^(mailto|tel):/i, "")]));
      else push(char);
      at += auto ? auto[0].length : 1;
    } else if (char === "h" && !WORD.test(text[at - 1] ?? "") && ((URL_START.lastIndex = at), URL_START.test(text))) {
      const url = trimUrl(text.slice(at, URL_START.lastIndex));
      push(anchor(url, [url]));
      at += url.length;
    } else if (depth < DEPTH_MAX && (char === "*" || char === "_" || (char === "~" && text[at + 1] === "~"))) {
      at = emphasis(text, at, isOpen, depth, unclosed, push);
    } else {
      const next = text.slice(at + 1).search(/[\\\n`[!<h*_~]/);
      const end = next < 0 ? text.length : at + 1 + next;
      push(text.slice(at, end));
      at = end;
    }
  }
  return out;
}

type Push = (part: Inline) => void;

function codeSpan(text: string, at: number, isOpen: boolean, unclosed: Set<string>, push: Push): number {
  const ticks = /^`+/.exec(text.slice(at))![0];
  const from = at + ticks.length;
  let end = unclosed.has(ticks) ? -1 : from;
  while (end >= 0) {
    end = text.indexOf(ticks, end);
    if (end < 0) break;
    const run = /^`+/.exec(text.slice(end))![0].length;
    if (run === ticks.length) break;
    end += run;
  }
  if (end >= 0) {
    push({
      type: "code",
      text: text
        .slice(from, end)
        .replace(/\n/g, " ")
        .replace(/^ (.+) $/, "$1"),
    });
    return end + ticks.length;
  }
  unclosed.add(ticks);
  if (!isOpen) push(ticks);
  else if (from < text.length) {
    push({ type: "code", text: text.slice(from).replace(/\n/g, " ").replace(/`+$/, "") });
    return text.length;
  }
  return from;
}

function link(text: string, at: number, isOpen: boolean, depth: number, unclosed: Set<string>, push: Push): number {
  const isImage = text[at] === "!";
  const from = at + (isImage ? 2 : 1);
  const close = unclosed.has("[") ? -1 : closingBracket(text, from);
  if (close < 0) {
    unclosed.add("[");
    if (!isOpen) push(text.slice(at, from));
    return from;
  }
  const label = text.slice(from, close);
  const target = /^\(\s*<?((?:[^\s()<>]|\([^\s()]*\))*)>?(?:\s+(?:"[^"]*"|'[^']*'|\([^)]*\)))?\s*\)/.exec(
    text.slice(close + 1, close + 4200),
  );
  if (target) {
    const children = parseInline(label, false, depth + 1);
    push(anchor(target[1]!, children.length > 0 ? children : [target[1]!]));
    return close + 1 + target[0].length;
  }
  const rest = text.slice(close + 1);
  if (isOpen && (rest === "" || /^\([^)\n]*$/.test(rest))) {
    for (const part of parseInline(label, false, depth + 1)) push(part);
    return text.length;
  }
  push(text.slice(at, from));
  return from;
}

function closingBracket(text: string, from: number): number {
  let open = 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === "[") open++;
    else if (text[at] === "]" && --open === 0) return at;
  }
  return -1;
}

function emphasis(text: string, at: number, isOpen: boolean, depth: number, unclosed: Set<string>, push: Push): number {
  const char = text[at]!;
  const run = new RegExp(`^\\${char}+`).exec(text.slice(at, at + 4))![0];
  const mark = char.repeat(Math.min(run.length, 2));
  const from = at + mark.length;
  const before = text[at - 1] ?? " ";
  const after = text[from] ?? "";
  const canOpen = after !== "" && !/\s/.test(after) && !(char === "_" && WORD.test(before));
  const type = mark.length === 1 ? "em" : char === "~" ? "del" : "strong";
  if (canOpen) {
    const end = unclosed.has(mark) ? -1 : closingMark(text, from, mark);
    if (end >= 0) {
      push({ type, children: parseInline(text.slice(from, end), false, depth + 1) });
      return end + mark.length;
    }
    unclosed.add(mark);
    // Most likely it will be closed: show it so already.
    if (isOpen && (mark.length === 2 || !WORD.test(before))) {
      push({ type, children: parseInline(text.slice(from).replace(/[*_~]+$/, ""), true, depth + 1) });
      return text.length;
    }
  }
  if (!(isOpen && after === "")) push(mark);
  return from;
}

function closingMark(text: string, from: number, mark: string): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text.startsWith(mark, at)) {
      // A run of three closes both: the inner one takes its share first.
      while (mark.length === 2 && text[at + 2] === mark[0]) at++;
      const isSingle = mark.length === 2 || (text[at + 1] !== mark && text[at - 1] !== mark);
      const isAfterText = !/\s/.test(text[at - 1]!);
      if (isSingle && isAfterText && !(mark[0] === "_" && WORD.test(text[at + mark.length] ?? ""))) return at;
    }
  }
  return -1;
}

function trimUrl(url: string): string {
  let end = url.replace(/[.,:;!?'*_~]+$/, "");
  while (end.endsWith(")") && end.split(")").length > end.split("(").length) end = end.slice(0, -1);
  return end.replace(/[.,:;!?'*_~]+$/, "");
}

const anchor = (url: string, children: Inline[]): Inline => ({ type: "link", href: safeHref(url), children });

/** Only schemes that open something harmless; relative addresses would lead into the host's site. */
export function safeHref(url: string): string | null {
  if (!URL.canParse(url)) return null;
  const { protocol, href } = new URL(url);
  return ["http:", "https:", "mailto:", "tel:"].includes(protocol) ? href : null;
}
