import { css } from "./element.ts";

export const styles = css`
  :host {
    --_surface: light-dark(#ffffff, #17191e);
    --_text: light-dark(#1a1c22, #eceef3);
    --_muted: light-dark(#5b6170, #a2a9b8);
    --_bubble: light-dark(#f1f2f6, #262a32);
    --_code: light-dark(#e5e7ee, #1a1d23);
    --_line: light-dark(#e8eaf0, #2a2e37);
    --_line-strong: light-dark(#d4d8e1, #3d434f);
    --_control-line: light-dark(#848b9b, #6f7786);
    --_hover: light-dark(rgb(20 25 40 / 0.06), rgb(255 255 255 / 0.08));
    --_danger: light-dark(#b4232c, #ff8a8a);
    --_ok: light-dark(#1a9c5b, #35c27c);
    --_warn: light-dark(#c77d0a, #e9a83a);
    --_accent-text: light-dark(var(--renus-accent-text-light), var(--renus-accent-text-dark));
    --_focus: var(--_accent-text);
    color-scheme: light dark;
    display: block;
    box-sizing: border-box;
    font:
      15px/1.5 system-ui,
      -apple-system,
      "Segoe UI",
      Roboto,
      "Helvetica Neue",
      "Noto Sans",
      sans-serif;
    font-synthesis: none;
    letter-spacing: normal;
    text-align: start;
    text-transform: none;
    color: var(--_text);
    -webkit-text-size-adjust: 100%;
  }
  :host([theme="light"]) {
    color-scheme: light;
  }
  :host([theme="dark"]) {
    color-scheme: dark;
  }
  :host([hidden]) {
    display: none !important;
  }
  .panel {
    display: flex;
    flex-direction: column;
    block-size: 100%;
    background: var(--_surface);
    overflow: hidden;
    position: relative;
  }

  :host([mode="inline"]) {
    block-size: 560px;
  }
  :host([mode="inline"]) .panel {
    border: 1px solid var(--_line);
    border-radius: 16px;
  }

  :host([mode="page"]) {
    block-size: var(--_visible-height, 100dvh);
  }
  :host([mode="page"]) header,
  :host([mode="page"]) .body {
    padding-inline: max(0px, env(safe-area-inset-left)) max(0px, env(safe-area-inset-right));
  }

  :host([mode="launcher"]) {
    position: fixed;
    z-index: 2147483001;
    inset-block-end: calc(88px + env(safe-area-inset-bottom));
    right: calc(20px + env(safe-area-inset-right));
    inline-size: min(400px, calc(100vw - 40px));
    block-size: min(680px, calc(100dvh - 108px));
    visibility: hidden;
    opacity: 0;
    transform: translateY(8px) scale(0.985);
    transform-origin: 100% 100%;
    transition:
      opacity 160ms,
      transform 160ms,
      visibility 0s 160ms;
  }
  :host([mode="launcher"][position="bottom-left"]) {
    right: auto;
    left: calc(20px + env(safe-area-inset-left));
    transform-origin: 0 100%;
  }
  :host([mode="launcher"][open]) {
    visibility: visible;
    opacity: 1;
    transform: none;
    transition-delay: 0s;
  }
  :host([mode="launcher"]) .panel {
    border-radius: 16px;
    box-shadow:
      0 0 0 1px light-dark(rgb(15 20 40 / 0.06), rgb(255 255 255 / 0.09)),
      0 12px 40px rgb(15 20 40 / 0.18);
  }
  @media (max-width: 479.98px) {
    :host([mode="launcher"]) {
      inset: auto 0;
      top: var(--_visible-top, 0px);
      right: 0;
      left: 0;
      inline-size: 100%;
      block-size: var(--_visible-height, 100dvh);
    }
    :host([mode="launcher"]) .panel {
      border-radius: 0;
      box-shadow: none;
    }
    :host(:not([mode="inline"])) header {
      padding-block-start: calc(10px + env(safe-area-inset-top));
    }
    :host(:not([mode="inline"])) .foot {
      padding-block-end: env(safe-area-inset-bottom);
    }
  }
  @media (prefers-reduced-motion: reduce) {
    :host([mode="launcher"]) {
      transition: none;
    }
  }

  header {
    flex: none;
    border-block-end: 1px solid var(--_line);
    padding-block: 10px;
  }
  .bar {
    display: flex;
    align-items: center;
    gap: 12px;
    padding-inline: 16px 10px;
  }
  .body {
    flex: 1;
    min-block-size: 0;
    display: flex;
    flex-direction: column;
  }
  :host([mode="page"]) .bar,
  :host([mode="page"]) .column {
    inline-size: 100%;
    max-inline-size: 760px;
    margin-inline: auto;
  }
  .column {
    flex: 1;
    min-block-size: 0;
    display: flex;
    flex-direction: column;
  }
  .who {
    flex: 1;
    min-inline-size: 0;
  }
  .name {
    margin: 0;
    font-size: 15px;
    line-height: 20px;
    font-weight: 650;
    letter-spacing: -0.005em;
    white-space: nowrap;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .avatar {
    flex: none;
    display: grid;
    place-items: center;
    inline-size: 40px;
    block-size: 40px;
    border-radius: 50%;
    background: var(--renus-accent);
    color: var(--renus-on-accent);
    font-size: 15px;
    font-weight: 650;
    object-fit: cover;
    user-select: none;
  }
  .avatar.large {
    inline-size: 64px;
    block-size: 64px;
    font-size: 24px;
  }
  .actions {
    display: flex;
    align-items: center;
    gap: 2px;
    position: relative;
  }
  .note {
    margin: 0 12px;
    padding: 6px 12px;
    border-radius: 10px;
    background: var(--_bubble);
    color: var(--_muted);
    font-size: 13px;
    text-align: center;
  }
  .note:empty {
    display: none;
  }
  .ended,
  .gone {
    display: flex;
    flex-direction: column;
    align-items: center;
    gap: 12px;
    padding: 16px;
    text-align: center;
    color: var(--_muted);
  }
  .gone {
    margin: auto;
  }
  .gone h2 {
    margin: 0;
    font-size: 20px;
    color: var(--_text);
  }
  .gone p,
  .ended p {
    margin: 0;
  }
  .primary {
    padding: 9px 16px;
    border-radius: 99px;
    background: var(--renus-accent);
    color: var(--renus-on-accent);
    font-weight: 600;
    font-size: 14px;
  }
`;
