import { html, nothing, type TemplateResult } from "lit";
import type { RoutingTrace } from "../../protocol/resources.ts";
import { methodWords, milliseconds } from "./words.ts";

/** Who answered and why, in words; figures on demand. */
export function traceView(trace: RoutingTrace, { isOpen = false } = {}): TemplateResult {
  const isSpecialist = trace.chosen.kind === "sub_agent";
  return html`<details class="trace" ?open=${isOpen}>
    <summary>
      <span class="trace-who">${trace.chosen.name}</span>
      <span class="trace-kind">${isSpecialist ? "specialist" : "main agent"}</span>
    </summary>
    <p>${trace.reason || methodWords(trace)}</p>
    ${trace.error ? html`<p class="trace-error">${trace.error.message} (${trace.error.code})</p>` : nothing}
    <dl>
      <div>
        <dt>Topic</dt>
        <dd>${trace.topic ?? "none"}</dd>
      </div>
      <div>
        <dt>How</dt>
        <dd>${methodWords(trace)}</dd>
      </div>
      <div>
        <dt>Choosing took</dt>
        <dd>${milliseconds(trace.routing_ms)}</dd>
      </div>
      ${
        trace.latency_ms === null
          ? nothing
          : html`<div>
              <dt>Whole answer</dt>
              <dd>${milliseconds(trace.latency_ms)}</dd>
            </div>`
      }
      <div>
        <dt>Model</dt>
        <dd>${trace.model}</dd>
      </div>
      ${
        trace.tokens
          ? html`<div>
              <dt>Tokens</dt>
              <dd>${trace.tokens.prompt} read, ${trace.tokens.completion} written</dd>
            </div>`
          : nothing
      }
      ${
        trace.candidates.length > 0
          ? html`<div>
              <dt>Specialists asked about</dt>
              <dd>${trace.candidates.map((candidate) => candidate.name).join(", ")}</dd>
            </div>`
          : nothing
      }
    </dl>
  </details>`;
}
