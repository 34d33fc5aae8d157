import { html, nothing, type TemplateResult } from "lit";
import { countConversations } from "../api.ts";
import { plural } from "../i18n/i18n.ts";
import { startAttention } from "../live/attention.ts";
import { listen, startLive } from "../live/live.ts";
import { onRow } from "../live/rows.ts";
import { LightElement } from "./light-element.ts";

const BURST_MS = 500;

/** How many conversations wait for a person, wherever in the panel one is. Connects the panel. */
export class WaitingBadge extends LightElement {
  static override properties = { count: { state: true } };
  declare count: number;
  #stops: (() => void)[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.count = 0;
  }
  override connectedCallback(): void {
    super.connectedCallback();
    startLive();
    startAttention();
    this.#stops = [onRow(() => this.#soon()), listen((frame) => frame.type === "connected" && this.#soon())];
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const stop of this.#stops) stop();
    clearTimeout(this.#timer);
  }
  #soon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      void countConversations("").then(
        ({ waiting }) => (this.count = waiting),
        // The next change, or the reconnect, asks again.
        () => {},
      );
    }, BURST_MS);
  }
  override render(): TemplateResult | typeof nothing {
    if (this.count === 0) return nothing;
    return html`<span class="badge" aria-hidden="true">${this.count > 99 ? "99+" : this.count}</span
      ><span class="visually-hidden">${plural(this.count, "{count} waits for a person", "{count} wait for a person")}</span>`;
  }
}
customElements.define("waiting-badge", WaitingBadge);
