import { html, nothing, type TemplateResult } from "lit/html.js";
import type { Chat } from "./chat.ts";
import { copyButton } from "./copy.ts";
import { css } from "./css.ts";
import type { Block, Inline } from "./markdown-parse.ts";
import { parseTable } from "./markdown-table.ts";

/** Code blocks and tables: fetched when the first of them comes. */
export function renderRich(
  block: Extract<Block, { type: "code" | "table" }>,
  chat: Chat,
  renderInline: (parts: readonly Inline[]) => unknown,
): TemplateResult {
  chat.adopt(styles);
  if (block.type === "code") {
    return html`<div class="code">
      <div class="code-bar"><span>${block.language}</span> ${copyButton(chat, block.text)}</div>
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
  .code,
  .table {
    max-inline-size: 100%;
    overflow: auto;
    border-radius: 10px;
    background: var(--hover);
  }
  .code-bar {
    position: sticky;
    inset-inline-start: 0;
    display: flex;
    align-items: center;
    gap: 8px;
    padding: 4px 4px 0 12px;
    font-size: 12px;
    color: var(--muted);
  }
  .code-bar > :first-child {
    flex: 1;
  }
  .code-bar button {
    padding: 2px 8px;
    border-radius: 6px;
  }
  .code-bar button:hover {
    background: var(--hover);
    color: var(--text);
  }
  .code-bar span:empty + button {
    margin-inline-start: auto;
  }
  pre {
    padding: 4px 12px 12px;
    overflow-x: auto;
    overflow-wrap: normal;
  }
  pre code {
    padding: 0;
    background: none;
  }
  table {
    border-collapse: collapse;
    inline-size: 100%;
    font-size: 0.95em;
  }
  th,
  td {
    padding: 6px 10px;
    text-align: start;
    vertical-align: top;
    overflow-wrap: normal;
  }
  th {
    white-space: nowrap;
  }
  tbody tr {
    border-block-start: 1px solid var(--line);
  }
  .center {
    text-align: center;
  }
  .end {
    text-align: end;
  }
`;
