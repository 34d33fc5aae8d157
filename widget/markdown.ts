import { html, nothing, type TemplateResult } from "lit/html.js";
import { parseMarkdown, type Align, type Block, type Inline } from "./markdown-parse.ts";

export interface MarkdownOptions {
  /** More text will follow. */
  isOpen?: boolean;
  /** Label of the button at code blocks. */
  copyLabel: string;
  onCopy(text: string, button: HTMLElement): void;
}

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
      return html`<div class="code">
        <div class="code-bar">
          <span>${block.language}</span>
          <button type="button" @click=${(event: Event) => options.onCopy(block.text, event.currentTarget as HTMLElement)}>
            ${options.copyLabel}
          </button>
        </div>
        <pre tabindex="0" dir="ltr"><code>${block.text}</code></pre>
      </div>`;
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
    case "table":
      return html`<div class="table" tabindex="0" role="group">
        <table>
          <thead>
            <tr>
              ${block.head.map((cell, at) => html`<th scope="col" class=${alignClass(block.align[at])}>${renderInline(cell)}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${block.rows.map(
              (row) =>
                html`<tr>
                  ${row.map((cell, at) => html`<td class=${alignClass(block.align[at])}>${renderInline(cell)}</td>`)}
                </tr>`,
            )}
          </tbody>
        </table>
      </div>`;
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

const alignClass = (align: Align | undefined) => align ?? nothing;

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
