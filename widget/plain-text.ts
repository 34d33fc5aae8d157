import { parseMarkdown, type Block, type Inline } from "./markdown-parse.ts";
import { parseTable } from "./markdown-table.ts";

/** The words alone: for transcripts. */
export function plainText(text: string): string {
  const inline = (parts: readonly Inline[]): string =>
    parts
      .map((part) =>
        typeof part === "string" ? part : part.type === "br" ? "\n" : part.type === "code" ? part.text : inline(part.children),
      )
      .join("");
  const block = (one: Block): string => {
    if (one.type === "code") return one.text;
    if (one.type === "quote") return one.blocks.map(block).join("\n");
    if (one.type === "list") return one.items.map((item) => item.map(block).join("\n")).join("\n");
    if (one.type === "table") {
      const { head, rows } = parseTable(one);
      return [head, ...rows].map((row) => row.map(inline).join(", ")).join("\n");
    }
    return one.type === "rule" ? "" : inline(one.children);
  };
  return parseMarkdown(text).map(block).join("\n");
}
