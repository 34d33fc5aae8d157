import { html, type TemplateResult } from "lit/html.js";
import type { RenusElement } from "./element.ts";
import { parseMarkdown, type Block, type Inline } from "./markdown-parse.ts";

export interface MarkdownOptions {
  /** More text will follow. */
  isOpen?: boolean;
  /** Label of the button at code blocks. */
  copyLabel: string;
  onCopy(text: string, button: HTMLElement): void;
  /** Whose shadow root it is rendered into. */
  host: RenusElement;
}

let rich: typeof import("./markdown-rich.ts") | undefined;

/** Markdown as templates: every word of it is a text node, every address has passed `safeHref`. */
export function markdown(text: string, options: MarkdownOptions): TemplateResult[] {
  return parseMarkdown(text, options.isOpen).map((block) => renderBlock(block, options));
}

function renderBlock(block: Block, options: MarkdownOptions): TemplateResult {
  const nested = (blocks: readonly Block[]) => blocks.map((one) => renderBlock(one, options));
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
      if (rich) return rich.renderRich(block, options, renderInline);
      import("./markdown-rich.ts").then(
        (module) => ((rich = module), options.host.requestUpdate()),
        // Out of reach: the text stands as it came, and the next change of it tries again.
        () => {},
      );
      return html`<pre>${block.type === "code" ? block.text : block.lines.join("\n").replace(/[|:-]+/g, " ")}</pre>`;
    case "quote":
      return html`<blockquote>${nested(block.blocks)}</blockquote>`;
    case "list": {
      const items = block.items.map((item) => html`<li>${renderItem(item, options)}</li>`);
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

/** A single paragraph in an item stands without its own margins. */
function renderItem(item: readonly Block[], options: MarkdownOptions): unknown {
  return item.map((block, at) =>
    at === 0 && block.type === "paragraph" ? renderInline(block.children) : renderBlock(block, options),
  );
}

function renderInline(parts: readonly Inline[]): unknown[] {
  return parts.map((part) => {
    if (typeof part === "string") return part;
    switch (part.type) {
      case "strong":
        return html`<strong>${renderInline(part.children)}</strong>`;
      case "em":
        return html`<em>${renderInline(part.children)}</em>`;
      case "del":
        return html`<del>${renderInline(part.children)}</del>`;
      case "code":
        return html`<code>${part.text}</code>`;
      case "br":
        return html`<br />`;
      case "link":
        if (part.href === null) return renderInline(part.children);
        return html`<a href=${part.href} target="_blank" rel="noopener nofollow">${renderInline(part.children)}</a>`;
    }
  });
}
