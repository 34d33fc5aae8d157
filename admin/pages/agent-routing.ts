import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { RoutingExample, SubAgent } from "../../protocol/resources.ts";
import { listRoutingExamples, listSubAgents } from "../api.ts";
import { t } from "../i18n/i18n.ts";
import { LightElement } from "../parts/light-element.ts";
import { Loader } from "../parts/loader.ts";
import "../parts/route-test.ts";
import { emptyState, errorState, skeleton } from "../parts/states.ts";
import { fullTime, timeAgo } from "../parts/words.ts";

interface Corrections {
  examples: RoutingExample[];
  specialists: readonly SubAgent[];
}

/** How messages find their specialist: tried out here, and what people have corrected. */
export class AgentRouting extends LightElement {
  static override properties = { agentId: { attribute: "agent-id" }, name: {} };
  declare agentId: string;
  declare name: string;
  #corrections = new Loader<Corrections>(this);

  override willUpdate(changed: PropertyValues): void {
    if (changed.has("agentId")) void this.#load();
  }
  #load(): Promise<void> {
    return this.#corrections.run(async () => {
      const [examples, specialists] = await Promise.all([listRoutingExamples(this.agentId), listSubAgents(this.agentId)]);
      return { examples: examples.data, specialists: specialists.data };
    });
  }
  override render(): TemplateResult {
    const { value } = this.#corrections;
    return html`${
        value?.specialists.length === 0
          ? html`<p class="notice">
              ${t("There are no specialists yet, so the main agent answers everything.")}
              <a href="/admin/agents/${this.agentId}/sub-agents">${t("Add one")}</a>
            </p>`
          : nothing
      }
      <route-test agent-id=${this.agentId}></route-test>
      <section class="card form" aria-labelledby="corrections-title">
        <div>
          <h2 id="corrections-title">${t("What your team has corrected")}</h2>
          <p class="muted">${t("Messages which somebody said another specialist should have answered.")}</p>
        </div>
        ${this.#body()}
      </section>`;
  }
  #body(): TemplateResult {
    const { status, value, error } = this.#corrections;
    if (status === "error") return errorState(error, () => void this.#load());
    if (!value) return skeleton(2, t("Loading corrections"));
    if (value.examples.length === 0) {
      return emptyState(
        t("No corrections yet"),
        t("Where the wrong one answered, say so below the reply in the conversation; it appears here."),
      );
    }
    // Specialists may be gone since.
    const nameOf = (id: string | null) =>
      id === null ? this.name : (value.specialists.find((one) => one.id === id)?.name ?? t("a former specialist"));
    return html`<ul class="corrections" aria-label=${t("Corrections")}>
      ${value.examples.map(
        (one) =>
          html`<li>
            <p class="quote" dir="auto">${one.text}</p>
            <p>
              ${t("{chosen} answered; it should have been {expected}.", {
                chosen: nameOf(one.chosen_sub_agent_id),
                expected: nameOf(one.expected_sub_agent_id),
              })}
              <time class="hint" datetime=${one.created_at} title=${fullTime(one.created_at)}>${timeAgo(one.created_at)}</time>
            </p>
          </li>`,
      )}
    </ul>`;
  }
}
customElements.define("agent-routing", AgentRouting);
