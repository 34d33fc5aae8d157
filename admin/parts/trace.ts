import { html, nothing, type TemplateResult } from "lit";
import type { RoutingTrace } from "../../protocol/resources.ts";
import { t } from "../i18n/i18n.ts";
import { methodWords, milliseconds, reasonWords, topicWords } from "./words.ts";

/** Who answered and why, in words; figures on demand. */
export function traceView(trace: RoutingTrace, { isOpen = false } = {}): TemplateResult {
  const isSpecialist = trace.chosen.kind === "sub_agent";
  return html`<details class="trace" ?open=${isOpen}>
    <summary>
      <span class="trace-who">${trace.chosen.name}</span>
      <span class="trace-kind">${isSpecialist ? t("specialist") : t("main agent")}</span>
    </summary>
    <p>${reasonWords(trace)}</p>
    ${trace.error ? html`<p class="trace-error">${trace.error.message} (${trace.error.code})</p>` : nothing}
    <dl>
      <div>
        <dt>${t("Topic")}</dt>
        <dd>${topicWords(trace.topic) ?? t("none")}</dd>
      </div>
      <div>
        <dt>${t("How")}</dt>
        <dd>${methodWords(trace)}</dd>
      </div>
      <div>
        <dt>${t("Choosing took")}</dt>
        <dd>${milliseconds(trace.routing_ms)}</dd>
      </div>
      ${
        trace.latency_ms === null
          ? nothing
          : html`<div>
              <dt>${t("Whole answer")}</dt>
              <dd>${milliseconds(trace.latency_ms)}</dd>
            </div>`
      }
      <div>
        <dt>${t("Model")}</dt>
        <dd>${trace.model}</dd>
      </div>
      ${
        trace.tokens
          ? html`<div>
              <dt>${t("Tokens")}</dt>
              <dd>${t("{read} read, {written} written", { read: trace.tokens.prompt, written: trace.tokens.completion })}</dd>
            </div>`
          : nothing
      }
      ${
        trace.candidates.length > 0
          ? html`<div>
              <dt>${t("Specialists asked about")}</dt>
              <dd>${trace.candidates.map((candidate) => candidate.name).join(", ")}</dd>
            </div>`
          : nothing
      }
    </dl>
  </details>`;
}
