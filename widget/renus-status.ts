import { html } from "lit/html.js";
import { css, RenusElement } from "./element.ts";

export type Status = "online" | "typing" | "busy" | "offline";

/**
 * The line under the agent's name, and the dot beside it.
 * @csspart dot
 */
export class RenusStatus extends RenusElement {
  static override sheets = [
    css`
      :host {
        display: flex;
        align-items: center;
        gap: 6px;
        min-inline-size: 0;
        font-size: 12.5px;
        line-height: 16px;
        color: var(--_muted);
      }
      .dot {
        flex: none;
        inline-size: 8px;
        block-size: 8px;
        border-radius: 50%;
        background: var(--_line-strong);
      }
      :host([status="online"]) .dot,
      :host([status="typing"]) .dot {
        background: var(--_ok);
      }
      :host([status="busy"]) .dot {
        background: var(--_warn);
      }
    `,
  ];
  static override properties = { status: "status", text: "" };
  declare status: Status;
  declare text: string;
  override render(): unknown {
    return html`<span class="dot" part="dot" aria-hidden="true"></span><span>${this.text}</span>`;
  }
}
RenusStatus.define("renus-status");
