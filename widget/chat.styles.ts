import { css } from "./css.ts";

/**
 * What an open chat looks like. The host page reaches the host element at most: what decides about layout stands on
 * `.panel` inside, or is important, which inside a shadow tree wins over the page (CSS Cascade 5 section 6.1).
 *
 * `--on` is black or white, whichever reads better on the accent: at a luminance of 0.179 both have 4.58:1. `--link` is the
 * accent, darkened or lightened until it has 4.5:1 on a bubble (WCAG 1.4.3).
 */
export const styles = css`
  :host(:not([hidden])) {
    display: contents !important;
  }
  :host([mode="inline"]:not([hidden])) {
    display: block !important;
    block-size: 560px;
  }
  .panel {
    all: initial;
    --accent: var(--renus-accent, #4a58d8);
    --t: calc((0.179 - y) * 1e6);
    --on: color(from var(--accent) xyz-d65 var(--t) var(--t) var(--t));
    --k: min(1, 0.157 / y);
    --link: light-dark(
      color(from var(--accent) xyz-d65 calc(x * var(--k)) calc(y * var(--k)) calc(z * var(--k))),
      oklch(from var(--accent) max(l, 0.72) calc(c * 0.7) h)
    );
    --surface: light-dark(#fff, #17191e);
    --text: light-dark(#1a1c22, #eceef3);
    --muted: light-dark(#5b6170, #a2a9b8);
    --bubble: light-dark(#f1f2f6, #262a32);
    --line: light-dark(#d4d8e1, #3d434f);
    --hover: light-dark(#1419280f, #ffffff14);
    --danger: light-dark(#b4232c, #ff8a8a);
    color-scheme: light dark;
    display: flex;
    flex-direction: column;
    position: relative;
    block-size: 100%;
    overflow: hidden;
    background: var(--surface);
    color: var(--text);
    font: 15px/1.5 var(--renus-font, system-ui, sans-serif);
    overflow-wrap: anywhere;
  }
  .light {
    color-scheme: light;
  }
  .dark {
    color-scheme: dark;
  }
  .inline,
  .launcher {
    border-radius: 16px;
    box-shadow: 0 0 0 1px var(--line);
  }
  .page {
    block-size: var(--height, 100dvh);
  }
  .launcher {
    position: fixed;
    z-index: var(--renus-z, 2147483647);
    bottom: calc(var(--renus-y, 20px) + var(--renus-gap, 68px) + env(safe-area-inset-bottom));
    left: calc(var(--renus-x, 20px) + env(safe-area-inset-left));
    right: calc(var(--renus-x, 20px) + env(safe-area-inset-right));
    max-inline-size: 400px;
    margin-left: auto;
    block-size: min(680px, 100dvh - var(--renus-y, 20px) - var(--renus-gap, 68px) - 20px);
    box-shadow:
      0 0 0 1px var(--hover),
      0 12px 40px #0f14282e;
    visibility: hidden;
    opacity: 0;
    transform: translateY(8px);
    transition:
      opacity 0.16s,
      transform 0.16s;
  }
  .bottom-left {
    margin: 0;
  }
  .shown {
    visibility: visible;
    opacity: 1;
    transform: none;
  }
  .sheet {
    inset: var(--top, 0) 0 auto;
    max-inline-size: none;
    block-size: var(--height, 100dvh);
    border-radius: 0;
    padding-block: env(safe-area-inset-top) env(safe-area-inset-bottom);
  }

  * {
    box-sizing: border-box;
    margin: 0;
    padding: 0;
  }
  button,
  textarea {
    all: unset;
    box-sizing: border-box;
    cursor: pointer;
  }
  :focus-visible:not(textarea) {
    outline: 2px solid var(--link);
    outline-offset: 2px;
  }
  .hidden {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
  }
  li {
    list-style: none;
  }
  h1,
  h2,
  b,
  .heading,
  .avatar,
  .primary {
    font-size: 1em;
    font-weight: 650;
  }
  svg {
    display: block;
    inline-size: 20px;
    block-size: 20px;
    fill: none;
    stroke: currentColor;
    stroke-width: 2;
    stroke-linecap: round;
    stroke-linejoin: round;
  }

  header,
  footer,
  .content {
    padding: 10px max(16px, 50% - 364px);
  }
  header,
  form {
    display: flex;
    align-items: center;
    gap: 2px;
  }
  header {
    border-block-end: 1px solid var(--line);
  }
  .who {
    flex: 1;
    min-inline-size: 0;
    padding-inline-start: 10px;
  }
  h1 {
    line-height: 20px;
    white-space: nowrap;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .meta {
    display: flex;
    align-items: center;
    flex-wrap: wrap;
    gap: 2px 6px;
    font-size: 12px;
    line-height: 16px;
    color: var(--muted);
  }
  .status::before,
  .caret:empty::after,
  .caret > :last-child:not(ul, ol, div)::after,
  .caret > :last-child > li:last-child::after,
  .typing::after {
    content: "";
    display: inline-block;
    inline-size: 8px;
    block-size: 8px;
    border-radius: 50%;
    background: var(--line);
  }
  .online::before {
    background: #23a566 !important;
  }
  .busy::before {
    background: #d18a1b !important;
  }
  .avatar,
  .icon {
    flex: none;
    display: grid;
    place-items: center;
    inline-size: 40px;
    block-size: 40px;
    border-radius: 50%;
    object-fit: cover;
  }
  .avatar,
  .go,
  .primary,
  .own .bubble {
    background-color: var(--accent);
    color: var(--on);
  }
  .icon {
    inline-size: 36px;
    block-size: 36px;
    border-radius: 10px;
  }
  header .icon {
    color: var(--muted);
  }
  header .icon:hover,
  .chip:hover {
    background: var(--hover);
  }

  .scroller {
    flex: 1;
    overflow-y: auto;
    overscroll-behavior: contain;
    outline-offset: -2px !important;
  }
  .content,
  .message {
    display: flex;
    flex-direction: column;
    align-items: flex-start;
    gap: 4px;
  }
  .content {
    min-block-size: 100%;
    padding-block: 16px;
    align-items: stretch;
  }
  .intro {
    margin: auto;
    display: grid;
    justify-items: center;
    gap: 8px;
    text-align: center;
    color: var(--muted);
  }
  .intro .avatar {
    inline-size: 64px;
    block-size: 64px;
    font-size: 24px;
  }
  h2 {
    font-size: 20px;
    color: var(--text);
  }
  .starters {
    display: flex;
    flex-wrap: wrap;
    justify-content: center;
    gap: 8px;
    margin-block-start: 12px;
  }
  .chip,
  .primary {
    padding: 8px 16px;
    border-radius: 20px;
    font-size: 14px;
  }
  .chip {
    align-self: center;
    box-shadow: inset 0 0 0 1px var(--line);
    color: var(--link);
  }
  .system {
    align-self: center;
    margin-block: 12px 4px;
    text-align: center;
    font-size: 12px;
    color: var(--muted);
  }
  .message {
    margin-block-start: 4px;
  }
  .first {
    margin-block-start: 16px;
  }
  .own {
    align-items: flex-end;
  }
  .bubble {
    align-self: flex-start;
    max-inline-size: min(88%, 620px);
    padding: 10px 14px;
    border-radius: 12px 12px 12px 4px;
    background: var(--bubble);
  }
  .own .bubble {
    align-self: auto;
    white-space: pre-wrap;
  }
  .own:dir(ltr) .bubble,
  :not(.own):dir(rtl) > .bubble {
    border-radius: 12px 12px 4px;
  }
  .message > .meta {
    padding-inline: 4px;
  }
  .meta svg {
    inline-size: 14px;
    block-size: 14px;
  }
  .read svg,
  a {
    color: var(--link);
  }
  .problem,
  .over {
    color: var(--danger);
  }
  .problem button {
    text-decoration: underline;
  }
  .caret ::after,
  .caret:empty::after,
  .typing::after {
    margin-inline: 4px;
    background: currentColor;
    animation: pulse 0.8s infinite alternate;
  }
  @keyframes pulse {
    to {
      opacity: 0.15;
    }
  }
  .text {
    display: grid;
    gap: 8px;
    grid-template-columns: minmax(0, 1fr);
  }
  .text li {
    margin-inline-start: 22px;
    list-style: disc;
  }
  .text ol > li {
    list-style: decimal;
  }
  .text li + li {
    margin-block-start: 4px;
  }
  blockquote {
    padding-inline-start: 12px;
    border-inline-start: 3px solid var(--line);
    color: var(--muted);
  }
  code {
    font:
      0.9em ui-monospace,
      Consolas,
      monospace;
    padding: 1px 5px;
    background: var(--hover);
  }
  .pill {
    position: absolute;
    inset: auto 0 100%;
    inline-size: fit-content;
    margin: auto auto 8px;
  }

  footer {
    position: relative;
    padding-block: 4px 12px;
    text-align: center;
    font-size: 13px;
    color: var(--muted);
  }
  form {
    align-items: flex-end;
    margin-block-start: 4px;
    padding: 4px;
    border-radius: 14px;
    box-shadow: inset 0 0 0 1px var(--muted);
  }
  form:focus-within {
    box-shadow: inset 0 0 0 2px var(--link);
  }
  /* Under 16 px iOS zooms into the field. */
  textarea {
    flex: 1;
    min-inline-size: 0;
    block-size: 36px;
    max-block-size: 156px;
    padding: 6px 10px;
    font-size: 16px;
    line-height: 24px;
    text-align: start;
    white-space: pre-wrap;
    color: var(--text);
    overflow-y: auto;
    cursor: text;
  }
  textarea::placeholder {
    color: var(--muted);
  }
  .go:disabled {
    background: var(--bubble);
    color: var(--muted);
    cursor: default;
  }
  @media (prefers-reduced-motion: reduce) {
    *,
    ::before,
    ::after {
      animation: none !important;
      transition: none !important;
    }
  }
`;
