import { css } from "./element.ts";

export const styles = css`
  :host {
    display: block;
    padding: 8px 12px 12px;
  }
  form {
    display: flex;
    align-items: flex-end;
    gap: 4px;
    padding: 4px;
    border: 1px solid var(--_control-line);
    border-radius: 14px;
    background: var(--_surface);
    transition: border-color 120ms;
  }
  form:focus-within {
    border-color: var(--_focus);
    box-shadow: 0 0 0 1px var(--_focus);
  }
  textarea {
    flex: 1;
    min-inline-size: 0;
    block-size: 36px;
    max-block-size: 156px;
    resize: none;
    border: 0;
    outline: 0;
    margin: 0;
    padding: 6px 10px;
    font: inherit;
    /* Under 16 px iOS zooms into the field. */
    font-size: 16px;
    line-height: 24px;
    color: inherit;
    background: none;
    overflow-y: auto;
    scrollbar-width: thin;
  }
  textarea:focus-visible {
    outline: 0;
  }
  textarea::placeholder {
    color: var(--_muted);
    opacity: 1;
  }
  .go {
    display: inline-grid;
    place-items: center;
    flex: none;
    inline-size: 36px;
    block-size: 36px;
    border-radius: 10px;
    background: var(--renus-accent);
    color: var(--renus-on-accent);
    transition: opacity 120ms;
  }
  .go:disabled {
    background: var(--_bubble);
    color: var(--_muted);
  }
  .counter {
    padding: 4px 6px 0;
    font-size: 12px;
    color: var(--_muted);
    text-align: end;
  }
  .counter.over {
    color: var(--_danger);
    font-weight: 600;
  }
`;
