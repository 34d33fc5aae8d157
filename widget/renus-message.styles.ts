import { css } from "./element.ts";

export const styles = css`
  :host {
    display: flex;
    flex-direction: column;
    align-items: flex-start;
    gap: 4px;
  }
  :host([own]) {
    align-items: flex-end;
  }
  :host([role-name="system"]) {
    align-items: center;
  }
  .byline {
    display: flex;
    align-items: center;
    gap: 6px;
    padding-inline: 4px;
    margin-block-start: 8px;
    font-size: 12px;
    font-weight: 600;
    color: var(--_muted);
  }
  .bubble {
    position: relative;
    min-inline-size: 0;
    max-inline-size: min(88%, 620px);
    padding: 10px 14px;
    border-radius: 12px;
    background: var(--_bubble);
    color: var(--_text);
    overflow-wrap: anywhere;
  }
  :host(:not([own])) .bubble {
    border-start-start-radius: 4px;
  }
  :host(:not([own])[first]) .bubble {
    border-start-start-radius: 12px;
  }
  :host(:not([own])) .bubble {
    border-end-start-radius: 4px;
  }
  :host([own]) .bubble {
    background: var(--renus-accent);
    color: var(--renus-on-accent);
    white-space: pre-wrap;
    border-end-end-radius: 4px;
  }
  :host([own]:not([first])) .bubble {
    border-start-end-radius: 4px;
  }
  :host([own][failed]) .bubble {
    opacity: 0.72;
  }
  .system {
    max-inline-size: 90%;
    margin-block: 8px;
    text-align: center;
    font-size: 12px;
    color: var(--_muted);
  }
  .meta {
    display: flex;
    align-items: center;
    gap: 4px;
    padding-inline: 4px;
    font-size: 12px;
    line-height: 16px;
    color: var(--_muted);
  }
  .meta svg {
    inline-size: 14px;
    block-size: 14px;
  }
  .meta[data-state="read"] svg {
    color: var(--_accent-text);
  }
  .problem {
    color: var(--_danger);
    flex-wrap: wrap;
    row-gap: 2px;
  }
  .problem button {
    font-weight: 600;
    text-decoration: underline;
    text-underline-offset: 2px;
    padding: 4px;
    margin-block: -4px;
  }
  .tools {
    display: flex;
    align-items: center;
    gap: 4px;
    font-size: 12px;
    line-height: 16px;
    color: var(--_muted);
    padding-inline: 4px;
    opacity: 0;
    transition: opacity 120ms;
  }
  :host(:not([last])) .tools {
    display: none;
  }
  :host(:hover) .tools,
  :host(:focus-within) .tools {
    opacity: 1;
  }
  .tools button {
    display: inline-flex;
    align-items: center;
    gap: 4px;
    padding: 4px;
    margin-block: -4px;
    border-radius: 6px;
  }
  .tools button:hover {
    color: var(--_text);
  }
  .tools svg {
    inline-size: 14px;
    block-size: 14px;
  }
  @media (hover: none) {
    .tools {
      opacity: 1;
    }
  }
  .caret:empty::after,
  .caret > :last-child:not(ul, ol, .code, .table)::after,
  .caret > :last-child > li:last-child::after {
    content: "";
    display: inline-block;
    inline-size: 8px;
    block-size: 8px;
    margin-inline-start: 4px;
    border-radius: 50%;
    background: currentColor;
    opacity: 0.5;
    animation: pulse 1s ease-in-out infinite alternate;
  }
  @keyframes pulse {
    to {
      opacity: 0.15;
    }
  }

  .text > :first-child {
    margin-block-start: 0;
  }
  .text > :last-child {
    margin-block-end: 0;
  }
  p,
  ul,
  ol,
  blockquote,
  .code,
  .table {
    margin-block: 8px;
    margin-inline: 0;
  }
  .heading {
    font-weight: 650;
    margin-block: 14px 6px;
  }
  ul,
  ol {
    padding-inline-start: 22px;
  }
  li + li {
    margin-block-start: 4px;
  }
  li > ul,
  li > ol {
    margin-block: 4px;
  }
  li::marker {
    color: var(--_muted);
  }
  blockquote {
    padding-inline-start: 12px;
    border-inline-start: 3px solid var(--_line-strong);
    color: var(--_muted);
  }
  hr {
    border: 0;
    border-block-start: 1px solid var(--_line-strong);
    margin-block: 12px;
  }
  a {
    color: var(--_accent-text);
    text-decoration: underline;
    text-underline-offset: 2px;
    text-decoration-thickness: 1px;
  }
  code {
    font-family: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace;
    font-size: 0.9em;
  }
  :not(pre) > code {
    padding: 1px 5px;
    border-radius: 5px;
    background: var(--_code);
  }
  pre {
    margin: 0;
    padding: 6px 12px 12px;
    overflow-x: auto;
    line-height: 1.5;
    overflow-wrap: normal;
  }
`;
