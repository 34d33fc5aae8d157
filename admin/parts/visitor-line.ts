import { html, nothing, type TemplateResult } from "lit";
import type { Conversation } from "../../protocol/resources.ts";

/** More would push the conversation out of view. */
const CONTEXT_SHOWN = 6;

/** Who writes and from where: a name counts for what it is, and the page's own words stand behind it. */
export function visitorLine({ visitor, source, meta }: Pick<Conversation, "visitor" | "source" | "meta">): TemplateResult {
  const [first, second] = [visitor?.name, visitor?.email].filter((name) => name != null);
  const context = Object.entries(meta).map(
    ([key, value]) => html`<span class="pill" title="${key}: ${value}"><bdi>${key}: ${value}</bdi></span>`,
  );
  return html`<div class="thread-about" role="group" aria-label="Visitor">
    ${
      first || visitor?.verified
        ? html`<bdi class="thread-name">${first ?? "Visitor"}</bdi> ${second ? html`<bdi class="muted">${second}</bdi>` : nothing}
            ${
              visitor?.verified
                ? html`<span class="pill is-active" title="Your website has signed who this is.">verified</span>`
                : html`<span class="pill is-inactive" title="The visitor's page said so; anybody could have.">unverified</span>`
            }`
        : html`<span class="muted">Visitor without a name</span>`
    }
    ${source ? html`<span class="pill" title="from ${source}">from <bdi>${source}</bdi></span>` : nothing}
    ${
      context.length > CONTEXT_SHOWN
        ? html`<details>
            <summary>What the page says (${context.length})</summary>
            <div class="thread-context">${context}</div>
          </details>`
        : context
    }
  </div>`;
}
