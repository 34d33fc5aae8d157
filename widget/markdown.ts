import { html, type TemplateResult } from "lit/html.js";
import type { Chat } from "./chat.ts";
import { parseMarkdown, type Block, type Inline } from "./markdown-parse.ts";

let rich: typeof import("./markdown-rich.ts") | undefined;

/** Markdown as templates: every word of it is a text node, every address has passed `safeHref`. `isOpen`: more will follow. */
export function markdown(text: string, isOpen: boolean, chat: Chat): TemplateResult[] {
  return parseMarkdown(text, isOpen).map((block) => renderBlock(block, chat));
}

function renderBlock(block: Block, chat: Chat): TemplateResult {
  switch (block.type) {
    case "paragraph":
      return html`<p>${renderInline(block.children)}</p>`;
    case "heading":
      // Toned down: a bubble is no document, and the page has its own outline.
      return html`<p class="heading" role="heading" aria-level=${Math.min(6, block.level + 2)}>
        ${renderInline(block.children)}
      </p>`;
    case "code":
    case "table":
      if (rich) return rich.renderRich(block, chat, renderInline);
      import("./markdown-rich.ts").then(
        (module) => {
          rich = module;
          chat.version += " ";
          chat.refresh();
        },
        // Out of reach: the text stands as it came, and the next change of it tries again.
        () => {},
      );
      return html`<pre>${block.type === "code" ? block.text : block.lines.join("\n").replace(/[|:-]+/g, " ")}</pre>`;
    case "quote":
      return html`<blockquote>${block.blocks.map((one) => renderBlock(one, chat))}</blockquote>`;
    case "list": {
      // A single paragraph in an item stands without its own margins.
      const items = block.items.map(
        (item) =>
          html`<li>
            ${item.map((one, at) => (at || one.type !== "paragraph" ? renderBlock(one, chat) : renderInline(one.children)))}
          </li>`,
      );
      return block.start === null
        ? html`<ul>
            ${items}
          </ul>`
        : html`<ol start=${block.start}>
            ${items}
          </ol>`;
    }
    case "rule":
      return html`<hr />`;
  }
}

function renderInline(parts: readonly Inline[]): unknown[] {
  return parts.map((part) => {
    if (typeof part === "string") return part;
    if (part.type === "br") return html`<br />`;
    if (part.type === "code") return html`<code>${part.text}</code>`;
    const children = renderInline(part.children);
    switch (part.type) {
      case "strong":
        return html`<strong>${children}</strong>`;
      case "em":
        return html`<em>${children}</em>`;
      case "del":
        return html`<del>${children}</del>`;
      case "link":
        return part.href === null ? children : html`<a href=${part.href} target="_blank" rel="noopener nofollow">${children}</a>`;
    }
  });
}
