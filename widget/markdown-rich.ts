import { html, nothing, type TemplateResult } from "lit/html.js";
import { css } from "./element.ts";
import type { MarkdownOptions } from "./markdown.ts";
import type { Block, Inline } from "./markdown-parse.ts";
import { parseTable } from "./markdown-table.ts";

/** Code blocks and tables: fetched when the first of them comes. */
export function renderRich(
  block: Extract<Block, { type: "code" | "table" }>,
  options: MarkdownOptions,
  renderInline: (parts: readonly Inline[]) => unknown,
): TemplateResult {
  const { adoptedStyleSheets } = options.host.renderRoot;
  if (!adoptedStyleSheets.includes(styles)) adoptedStyleSheets.push(styles);
  if (block.type === "code") {
    return html`<div class="code">
      <div class="code-bar">
        <span>${block.language}</span>
        <button type="button" @click=${(event: Event) => options.onCopy(block.text, event.currentTarget as HTMLElement)}>
          ${options.copyLabel}
        </button>
      </div>
      <pre tabindex="0" dir="ltr"><code>${block.text}</code></pre>
    </div>`;
  }
  const { align, head, rows } = parseTable(block);
  return html`<div class="table" tabindex="0" role="group">
    <table>
      <thead>
        <tr>
          ${head.map((cell, at) => html`<th scope="col" class=${align[at] ?? nothing}>${renderInline(cell)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map((cell, at) => html`<td class=${align[at] ?? nothing}>${renderInline(cell)}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

const styles = css`
  .code {
    border-radius: 10px;
    background: var(--_code);
    overflow: hidden;
    max-inline-size: 100%;
  }
  .code-bar {
    display: flex;
    justify-content: space-between;
    padding: 6px 6px 0 12px;
    font-size: 12px;
    color: var(--_muted);
  }
  .code-bar button {
    padding: 2px 8px;
    border-radius: 6px;
  }
  .code-bar button:hover {
    background: var(--_hover);
    color: var(--_text);
  }
  .table {
    overflow-x: auto;
    border: 1px solid var(--_line-strong);
    border-radius: 10px;
  }
  table {
    border-collapse: collapse;
    font-size: 0.95em;
    inline-size: 100%;
  }
  th,
  td {
    padding: 6px 10px;
    text-align: start;
    vertical-align: top;
    overflow-wrap: normal;
  }
  th {
    font-weight: 600;
    white-space: nowrap;
  }
  tbody tr {
    border-block-start: 1px solid var(--_line-strong);
  }
  .center {
    text-align: center;
  }
  .end {
    text-align: end;
  }
`;
