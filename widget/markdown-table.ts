import { parseInline, type Block, type Inline } from "./markdown-parse.ts";

export type Align = "start" | "center" | "end" | null;
export interface Table {
  align: Align[];
  head: Inline[][];
  rows: Inline[][][];
}

/** The cells of a table; `isOpen`: its last line may still grow. */
export function parseTable({ lines, isOpen }: Extract<Block, { type: "table" }>): Table {
  const head = cells(lines[0]!);
  const align = cells(lines[1] ?? "").map((cell): Align => {
    const [left, right] = [cell.startsWith(":"), cell.endsWith(":")];
    return left && right ? "center" : right ? "end" : left ? "start" : null;
  });
  const rows: Inline[][][] = [];
  for (let at = 2; at < lines.length; at++) {
    const isLast = isOpen && at === lines.length - 1;
    const row = cells(lines[at]!).slice(0, head.length);
    if (!isLast || row.some((cell) => cell !== "")) rows.push(head.map((_, index) => parseInline(row[index] ?? "", isLast)));
  }
  return { align, head: head.map((cell) => parseInline(cell, isOpen && lines.length === 1)), rows };
}

function cells(line: string): string[] {
  const inner = line
    .trim()
    .replace(/^\|/, "")
    .replace(/(?<!\\)\|$/, "");
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replace(/\\\|/g, "|"));
}
