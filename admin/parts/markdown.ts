import { html, type TemplateResult } from "lit";
import { parseMarkdown, type Block, type Inline } from "../../widget/markdown-parse.ts";
import { parseTable } from "../../widget/markdown-table.ts";

/** A reply as its visitor reads it; `isOpen`: more will follow. Every word is a text node, every address was checked by the parser. */
export function markdown(text: string, isOpen: boolean): TemplateResult {
  return html`<div class="prose">${parseMarkdown(text, isOpen).map(block)}</div>`;
}

function block(one: Block): TemplateResult {
  switch (one.type) {
    case "paragraph":
      return html`<p>${inline(one.children)}</p>`;
    case "heading":
      return html`<p class="prose-heading">${inline(one.children)}</p>`;
    case "code":
      return html`<pre tabindex="0" dir="ltr"><code>${one.text}</code></pre>`;
    case "table": {
      const { head, rows } = parseTable(one);
      return html`<div class="prose-table" tabindex="0" role="group">
        <table>
          <thead>
            <tr>
              ${head.map((cell) => html`<th scope="col">${inline(cell)}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${rows.map(
              (row) =>
                html`<tr>
                  ${row.map((cell) => html`<td>${inline(cell)}</td>`)}
                </tr>`,
            )}
          </tbody>
        </table>
      </div>`;
    }
    case "quote":
      return html`<blockquote>${one.blocks.map(block)}</blockquote>`;
    case "list": {
      const items = one.items.map(
        (item) =>
          html`<li>${item.map((part, at) => (at || part.type !== "paragraph" ? block(part) : inline(part.children)))}</li>`,
      );
      return one.start === null
        ? html`<ul>
            ${items}
          </ul>`
        : html`<ol start=${one.start}>
            ${items}
          </ol>`;
    }
    case "rule":
      return html`<hr />`;
  }
}

function inline(parts: readonly Inline[]): unknown[] {
  return parts.map((part) => {
    if (typeof part === "string") return part;
    if (part.type === "br") return html`<br />`;
    if (part.type === "code") return html`<code>${part.text}</code>`;
    const children = inline(part.children);
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
