import { html, type TemplateResult } from "lit/html.js";
import { css } from "./element.ts";
import type { Strings } from "./i18n/en.ts";
import { icon } from "./icons.ts";

/** What is behind the menu button: fetched when somebody reaches for it, or when there is something to keep. */
export function menuItems(strings: Strings, onNew: () => void, onDownload: () => void): TemplateResult {
  return html`<li><button @click=${onNew}>${icon("M12 5v14M5 12h14")}${strings.new_conversation}</button></li>
    <li><button @click=${onDownload}>${icon("M12 4v11m-4.5-4.5L12 15l4.5-4.5M5 19h14")}${strings.download}</button></li>`;
}

export const styles = css`
  .menu {
    position: absolute;
    z-index: 1;
    inset-block-start: calc(100% + 4px);
    inset-inline-end: 0;
    min-inline-size: 210px;
    margin: 0;
    padding: 6px;
    list-style: none;
    border-radius: 12px;
    background: var(--_surface);
    box-shadow:
      0 0 0 1px var(--_line),
      0 8px 28px rgb(15 20 40 / 0.18);
  }
  .menu button {
    display: flex;
    align-items: center;
    gap: 10px;
    inline-size: 100%;
    padding: 8px 10px;
    border-radius: 8px;
    text-align: start;
    font-size: 14px;
  }
  .menu button:hover {
    background: var(--_hover);
  }
  .menu svg {
    color: var(--_muted);
  }
`;
