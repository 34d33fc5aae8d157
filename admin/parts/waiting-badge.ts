import { html, nothing, type TemplateResult } from "lit";
import { plural } from "../i18n/i18n.ts";
import { startAttention } from "../live/attention.ts";
import { countsOf } from "../live/counts.ts";
import { startLive } from "../live/live.ts";
import { Following } from "../live/store.ts";
import { LightElement } from "./light-element.ts";

/** How many conversations wait for a person, wherever in the panel one is. Connects the panel. */
export class WaitingBadge extends LightElement {
  #counts = countsOf("");

  constructor() {
    super();
    new Following(this, () => this.#counts);
  }
  override connectedCallback(): void {
    super.connectedCallback();
    startLive();
    startAttention();
  }
  override render(): TemplateResult | typeof nothing {
    const count = this.#counts.value?.waiting ?? 0;
    if (count === 0) return nothing;
    return html`<span class="badge" aria-hidden="true">${count > 99 ? "99+" : count}</span
      ><span class="visually-hidden">${plural(count, "{count} waits for a person", "{count} wait for a person")}</span>`;
  }
}
customElements.define("waiting-badge", WaitingBadge);
