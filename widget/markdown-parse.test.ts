import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseMarkdown, safeHref, type Block, type Inline } from "./markdown-parse.ts";
import { parseTable } from "./markdown-table.ts";
import { plainText } from "./plain-text.ts";

/** A short notation of the tree, so that expectations read as one line. */
function show(blocks: readonly Block[]): string {
  return blocks.map(showBlock).join(" ");
}
function showBlock(block: Block): string {
  switch (block.type) {
    case "paragraph":
      return `p(${inline(block.children)})`;
    case "heading":
      return `h${block.level}(${inline(block.children)})`;
    case "code":
      return `code:${block.language}(${block.text})`;
    case "quote":
      return `quote(${show(block.blocks)})`;
    case "list":
      return `${block.start === null ? "ul" : `ol${block.start}`}(${block.items.map((item) => `li(${show(item)})`).join("")})`;
    case "table": {
      const { head, rows } = parseTable(block);
      return `table(${[head, ...rows].map((row) => row.map(inline).join("|")).join("/")})`;
    }
    case "rule":
      return "hr";
  }
}
function inline(parts: readonly Inline[]): string {
  return parts
    .map((part) => {
      if (typeof part === "string") return part;
      if (part.type === "br") return "⏎";
      if (part.type === "code") return `\`${part.text}\``;
      if (part.type === "link") return `[${inline(part.children)}→${part.href}]`;
      return `<${part.type} ${inline(part.children)}>`;
    })
    .join("");
}
const parse = (text: string, isOpen = false) => show(parseMarkdown(text, isOpen));

test.each([
  ["plain words", "p(plain words)"],
  ["one\ntwo\n\nthree", "p(one⏎two) p(three)"],
  ["**bold** and *it* and __b__ and _i_ and ~~no~~", "p(<strong bold> and <em it> and <strong b> and <em i> and <del no>)"],
  ["***both***", "p(<strong <em both>>)"],
  ["**a *b* c**", "p(<strong a <em b> c>)"],
  ["snake_case_name and 2 * 3 * 4 and a*b", "p(snake_case_name and 2 * 3 * 4 and a*b)"],
  ["`a * b` and ``x ` y``", "p(`a * b` and `x ` y`)"],
  ["an unclosed ` tick and **star", "p(an unclosed ` tick and **star)"],
  ["\\*not\\* \\`code\\`", "p(*not* `code`)"],
  ["# Title\ntext", "h1(Title) p(text)"],
  ["#hashtag", "p(#hashtag)"],
  ["- a\n- b\n  - c\n- d", "ul(li(p(a))li(p(b) ul(li(p(c))))li(p(d)))"],
  ["1. one\n2. two\n  - sub\n\n3. three", "ol1(li(p(one))li(p(two) ul(li(p(sub))))li(p(three)))"],
  ["1. one\n   more\n2. two", "ol1(li(p(one⏎more))li(p(two)))"],
  ["Steps:\n1. a\n2. b", "p(Steps:) ol1(li(p(a))li(p(b)))"],
  ["That was in\n2024. Then more", "p(That was in⏎2024. Then more)"],
  ["- a\n\ntext", "ul(li(p(a))) p(text)"],
  ["```js\nconst a = 1;\n\n<b>\n```\nafter", "code:js(const a = 1;\n\n<b>) p(after)"],
  ["- x\n  ```\n  code\n  ```", "ul(li(p(x) code:(code)))"],
  ["> a\n> b\n\nc", "quote(p(a⏎b)) p(c)"],
  ["---", "hr"],
  ["| a | b |\n|---|:-:|\n| 1 | **2** |\n| 3 |", "table(a|b/1|<strong 2>/3|)"],
  ["a | b is no table", "p(a | b is no table)"],
  ["<b>html</b> & <script>", "p(<b>html</b> & <script>)"],
])("%j", (text, expected) => expect(parse(text)).toBe(expected));

describe("links", () => {
  test.each([
    ["[a](https://x.io/y_z)", "p([a→https://x.io/y_z])"],
    ['[a](https://x.io/p(q) "t")', "p([a→https://x.io/p(q)])"],
    [
      "see https://x.io/a_b, ok (https://y.io/q?a=1)",
      "p(see [https://x.io/a_b→https://x.io/a_b], ok ([https://y.io/q?a=1→https://y.io/q?a=1]))",
    ],
    ["<mailto:a@b.io>", "p([a@b.io→mailto:a@b.io])"],
    ["[call](tel:+551199)", "p([call→tel:+551199])"],
    ["![alt](https://x.io/i.png)", "p([alt→https://x.io/i.png])"],
    ["[**b**](https://x.io/)", "p([<strong b>→https://x.io/])"],
    ["[1] and [x] y", "p([1] and [x] y)"],
  ])("%j", (text, expected) => expect(parse(text)).toBe(expected));

  test.each([
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
    "\u0001javascript:alert(1)",
    "data:text/html,<script>1</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://x/1",
    "/admin",
    "//evil.example",
    "",
  ])("%j opens nothing", (url) => expect(safeHref(url)).toBeNull());
});

describe("while it streams", () => {
  test.each([
    ["some **bol", "p(some <strong bol>)"],
    ["some **", "p(some )"],
    ["some **bold*", "p(some <strong bold>)"],
    ["an *it", "p(an <em it>)"],
    ["a `cod", "p(a `cod`)"],
    ["a `", "p(a )"],
    ["see [the page", "p(see the page)"],
    ["see [the page](https://ex", "p(see the page)"],
    ["text\n-", "p(text)"],
    ["text\n\n##", "p(text)"],
    ["text\n``", "p(text)"],
    ["```py\nprint(1)\n``", "code:py(print(1))"],
    ["```", "code:()"],
    ["| a | b |", "table(a|b)"],
    ["| a | b |\n|--", "table(a|b)"],
    ["- a\n- ", "ul(li(p(a)))"],
    ["2*3 is", "p(2*3 is)"],
  ])("%j", (text, expected) => expect(parse(text, true)).toBe(expected));

  test("no marker of the finished text is ever seen on the way", () => {
    const text =
      "Hello **world**, see `code` and [docs](https://x.io/a).\n\n- **one**\n- *two*\n\n```js\nlet x;\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n";
    for (let end = 1; end <= text.length; end++)
      expect(parse(text.slice(0, end), true)).not.toMatch(/\*|``|\]\(|\|--|\[docs[^→]*$/);
  });
});

test("any text gives a tree without an exception, and loses no letter of plain words", () => {
  const soup = fc.array(
    fc.constantFrom(
      "*",
      "**",
      "_",
      "`",
      "```\n",
      "[",
      "](",
      ")",
      "\n",
      "\n\n",
      "- ",
      "1. ",
      "> ",
      "| ",
      "|-|-|\n",
      "# ",
      "~~",
      "a",
      "b c",
      "\\",
      "<",
      "https://x.io",
      "  ",
    ),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(soup, fc.boolean(), (parts, isOpen) => {
      expect(Array.isArray(parseMarkdown(parts.join(""), isOpen))).toBe(true);
    }),
    { numRuns: 2000 },
  );
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z ]{1,40}$/), (words) => {
      expect(plainText(words).trim()).toBe(words.trim());
    }),
  );
});

test.each([
  ["stars", "*a ".repeat(20_000)],
  ["brackets", "[".repeat(50_000)],
  ["quotes", ">".repeat(50_000)],
  ["ticks", "`a``b```".repeat(8000)],
  ["nested lists", Array.from({ length: 2000 }, (_, at) => `${"  ".repeat(at % 200)}- x`).join("\n")],
  ["pipes", "|".repeat(50_000)],
])("hostile %s are read in reasonable time", (_name, text) => {
  const startedAt = performance.now();
  parseMarkdown(text, true);
  expect(performance.now() - startedAt).toBeLessThan(2000);
});

describe("whatever a model says", () => {
  /** Marks, addresses and tricks with schemes, and any other character. */
  const soup = fc
    .array(
      fc.oneof(
        fc.constantFrom(
          ..."* ** _ ` ``` ~~~ [ ]( ) ] ! < > | |-|-| # ~~ \\ - 1. : / \u{1f600} \u0000 \u0001 \u00a0 \u202e".split(" "),
        ),
        fc.constantFrom(
          "\n",
          "\n\n",
          "\r\n",
          "\r",
          "\t",
          "  ",
          "javascript:",
          "JaVa\tScRiPt:",
          "data:text/html,",
          "https://x.io/",
          "<mailto:",
          "[a](javascript:alert(1))",
          "[b](data:,x)",
        ),
        fc.string({ unit: "binary", maxLength: 3 }),
      ),
      { maxLength: 40 },
    )
    .map((parts) => parts.join(""));
  const linksOf = (value: unknown): unknown[] =>
    typeof value !== "object" || value === null
      ? []
      : [...("href" in value ? [value.href] : []), ...Object.values(value).flatMap(linksOf)];

  // That a reply in pieces ends as the whole would is no question here: the parser reads all of it anew each time.
  test("no address opens anything else, at any moment of any pieces", () => {
    fc.assert(
      fc.property(soup, fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 20 }), (text, lengths) => {
        let said = "";
        for (let at = 0; said.length < text.length; at++) {
          said += text.slice(said.length, said.length + lengths[at % lengths.length]!);
          for (const href of linksOf(parseMarkdown(said, true)))
            if (href !== null) expect(href).toMatch(/^(https?:\/\/|mailto:|tel:)/);
        }
        for (const href of linksOf(parseMarkdown(said))) if (href !== null) expect(href).toMatch(/^(https?:\/\/|mailto:|tel:)/);
      }),
      { numRuns: 1000 },
    );
  });

  test("no spelling of another scheme passes", () => {
    // What browsers drop (WHATWG URL, "basic URL parser") and, less often, what only looks as if they did.
    const dropped = fc.array(fc.constantFrom("\t", "\n", "\r"), { maxLength: 2 });
    const noise = fc.oneof(
      { weight: 60, arbitrary: fc.constant<string[]>([]) },
      { weight: 20, arbitrary: dropped },
      { weight: 1, arbitrary: fc.array(fc.constantFrom(..."\u0000\u000b\f \u00a0\u200b\u202e\ufeff\u2028"), { maxLength: 2 }) },
    );
    const start = fc.array(fc.constantFrom(..."\u0000\u0001\u0008\t\n\u000b\f\r\u001f "), { maxLength: 3 });
    const scheme = fc.constantFrom(
      "javascript",
      "vbscript",
      "data",
      "blob",
      "file",
      "ftp",
      "ws",
      "view-source",
      "filesystem",
      "about",
      "chrome",
      "httpsx",
      "xhttp",
    );
    const spelt = scheme.chain((name) =>
      fc
        .tuple(...[...name].map((letter) => fc.tuple(fc.constantFrom(letter, letter.toUpperCase()), noise)), noise)
        .map((letters) => letters.flat(3).join("")),
    );
    fc.assert(
      fc.property(start, spelt, fc.string({ unit: "binary", maxLength: 20 }), (before, name, rest) => {
        expect(safeHref(`${before.join("")}${name}:${rest}`)).toBeNull();
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 30 }), (url) => {
        expect(safeHref(url) ?? "tel:").toMatch(/^(https?:\/\/|mailto:|tel:)/);
      }),
      { numRuns: 2000 },
    );
  });
});
