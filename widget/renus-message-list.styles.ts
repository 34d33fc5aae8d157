import { css } from "./element.ts";

export const styles = css`
  :host {
    display: block;
    position: relative;
    flex: 1;
    min-block-size: 0;
  }
  .scroller {
    block-size: 100%;
    overflow-y: auto;
    overscroll-behavior: contain;
    scrollbar-width: thin;
    scrollbar-color: var(--_line-strong) transparent;
  }
  .content {
    box-sizing: border-box;
    min-block-size: 100%;
    padding: 16px;
    display: flex;
    flex-direction: column;
  }
  .scroller:focus-visible {
    outline-offset: -2px;
  }
  ol {
    list-style: none;
    margin: 0;
    padding: 0;
    display: flex;
    flex-direction: column;
    gap: 4px;
  }
  li.group {
    margin-block-start: 12px;
  }
  .day {
    margin-block: 16px 4px;
    text-align: center;
    font-size: 12px;
    font-weight: 500;
    color: var(--_muted);
  }
  .older {
    align-self: center;
    padding: 6px 12px;
    border-radius: 99px;
    font-size: 13px;
    color: var(--_accent-text);
  }
  .older:hover {
    background: var(--_hover);
  }
  .intro {
    margin-block: auto;
    display: flex;
    flex-direction: column;
    align-items: center;
    text-align: center;
    gap: 8px;
    padding: 24px 8px;
  }
  .intro ::slotted(*) {
    margin-block-end: 8px;
  }
  .intro h2 {
    margin: 0;
    font-size: 20px;
    line-height: 1.3;
    font-weight: 650;
    letter-spacing: -0.01em;
    max-inline-size: 26ch;
    text-wrap: balance;
  }
  .intro p {
    margin: 0;
    color: var(--_muted);
    max-inline-size: 44ch;
    text-wrap: pretty;
  }
  .greeting {
    align-self: flex-start;
    max-inline-size: min(88%, 620px);
    margin-block-start: 4px;
    padding: 10px 14px;
    border-radius: 12px;
    border-end-start-radius: 4px;
    background: var(--_bubble);
    overflow-wrap: anywhere;
  }
  .starters {
    display: flex;
    flex-wrap: wrap;
    justify-content: center;
    gap: 8px;
    margin-block-start: 12px;
    padding: 0;
    list-style: none;
  }
  .starters button {
    padding: 9px 14px;
    border: 1px solid var(--_line-strong);
    border-radius: 99px;
    background: var(--_surface);
    color: var(--_accent-text);
    font-size: 14px;
    line-height: 20px;
    text-align: start;
    max-inline-size: 100%;
    overflow-wrap: anywhere;
  }
  .starters button:hover {
    background: var(--_hover);
  }
  .typing {
    display: inline-flex;
    gap: 4px;
    align-self: flex-start;
    margin-block-start: 12px;
    padding: 14px;
    border-radius: 12px;
    border-end-start-radius: 4px;
    background: var(--_bubble);
  }
  .typing i {
    inline-size: 7px;
    block-size: 7px;
    border-radius: 50%;
    background: var(--_muted);
    animation: wave 1.2s ease-in-out infinite;
  }
  .typing i:nth-child(2) {
    animation-delay: 0.15s;
  }
  .typing i:nth-child(3) {
    animation-delay: 0.3s;
  }
  @keyframes wave {
    0%,
    60%,
    100% {
      transform: none;
      opacity: 0.5;
    }
    30% {
      transform: translateY(-4px);
      opacity: 1;
    }
  }
  .pill {
    position: absolute;
    inset-block-end: 12px;
    inset-inline: 0;
    margin-inline: auto;
    inline-size: fit-content;
    display: flex;
    align-items: center;
    gap: 6px;
    padding: 8px 14px;
    border-radius: 99px;
    background: var(--renus-accent);
    color: var(--renus-on-accent);
    font-size: 13px;
    font-weight: 600;
    box-shadow: 0 4px 14px rgb(0 0 0 / 0.2);
  }
  .pill svg {
    inline-size: 16px;
    block-size: 16px;
  }
  .skeleton {
    block-size: 40px;
    inline-size: 55%;
    margin-block-start: 12px;
    border-radius: 12px;
    background: var(--_bubble);
  }
  .skeleton.own {
    align-self: flex-end;
    inline-size: 40%;
  }
`;
