import { html, svg, type TemplateResult } from "lit";
import type { Overview } from "../../protocol/resources.ts";
import { language, t } from "../i18n/i18n.ts";

const [WIDTH, HEIGHT, GAP] = [720, 160, 0.25];

/** Messages as bars, with the assistant's replies inside them; the same numbers stand in a table below. */
export function barChart(series: Overview["series"], unit: "hour" | "day"): TemplateResult {
  const most = Math.max(1, ...series.map(({ messages }) => messages));
  const step = WIDTH / series.length;
  const format = new Intl.DateTimeFormat(
    language,
    unit === "hour" ? { hour: "numeric", minute: "2-digit" } : { day: "numeric", month: "short", timeZone: "UTC" },
  );
  const numbers = new Intl.NumberFormat(language);
  const bar = (value: number, at: number, name: string) => {
    const height = (value / most) * HEIGHT;
    return svg`<rect class=${name} x=${at * step + (step * GAP) / 2} y=${HEIGHT - height} width=${step * (1 - GAP)} height=${height} rx="2" />`;
  };
  // Of the first, the middle and the last bar, each below its own.
  const labelled = new Set([0, Math.floor((series.length - 1) / 2), series.length - 1]);
  return html`<div class="chart">
      <svg
        viewBox="0 0 ${WIDTH} ${HEIGHT}"
        preserveAspectRatio="none"
        role="img"
        aria-label=${t("Bars of messages over time; the table below has the numbers.")}
      >
        ${series.map(({ messages, replies }, at) => [bar(messages, at, "bar-messages"), bar(replies, at, "bar-replies")])}
      </svg>
      <p class="chart-labels" aria-hidden="true">
        ${series.map(({ at }, n) => html`<span>${labelled.has(n) ? format.format(new Date(at)) : ""}</span>`)}
      </p>
      <p class="chart-legend" aria-hidden="true">
        <span><i class="bar-messages"></i>${t("Messages")}</span><span><i class="bar-replies"></i>${t("Replies")}</span>
        <span>${t("at most {count}", { count: numbers.format(most) })}</span>
      </p>
    </div>
    <details class="more">
      <summary>${t("As a table")}</summary>
      <div class="table-scroll" tabindex="0" role="group" aria-label=${t("Messages over time")}>
        <table class="table">
          <thead>
            <tr>
              <th scope="col">${t("Time")}</th>
              <th scope="col">${t("Conversations")}</th>
              <th scope="col">${t("Messages")}</th>
              <th scope="col">${t("Replies")}</th>
            </tr>
          </thead>
          <tbody>
            ${series.map(
              ({ at, conversations, messages, replies }) =>
                html`<tr>
                  <th scope="row">${format.format(new Date(at))}</th>
                  <td>${numbers.format(conversations)}</td>
                  <td>${numbers.format(messages)}</td>
                  <td>${numbers.format(replies)}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
    </details>`;
}
