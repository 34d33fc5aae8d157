import { html, type PropertyValues, type TemplateResult } from "lit";
import uPlot from "uplot";
import type { Overview } from "../../protocol/resources.ts";
import { language, t } from "../i18n/i18n.ts";
import { LightElement } from "./light-element.ts";

const HEIGHT_PX = 180;
/** Of the room that each hour or day has; the first number is a share, the second pixels. */
const BAR = [0.75, 48] as const;
const FONT_PX = 12;

/** Messages over time as bars, with the assistant's replies inside them; the same numbers stand in a table below. */
export class TimeChart extends LightElement {
  static override properties = { series: { attribute: false }, unit: {}, shown: { state: true } };
  declare series: Overview["series"];
  declare unit: "hour" | "day";
  /** Place of the hour or day below the pointer. */
  declare shown: number | null;
  #plot: uPlot | null = null;
  #numbers = new Intl.NumberFormat(language);
  readonly #resizes = new ResizeObserver(([entry]) =>
    this.#plot?.setSize({ width: entry!.contentRect.width, height: HEIGHT_PX }),
  );
  readonly #scheme = matchMedia("(prefers-color-scheme: dark)");

  constructor() {
    super();
    this.series = [];
    this.unit = "day";
    this.shown = null;
  }
  readonly #onScheme = (): void => this.#plot?.redraw();
  override connectedCallback(): void {
    super.connectedCallback();
    this.#scheme.addEventListener("change", this.#onScheme);
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#scheme.removeEventListener("change", this.#onScheme);
    this.#resizes.disconnect();
    this.#plot?.destroy();
    this.#plot = null;
  }

  override willUpdate(changed: PropertyValues): void {
    // What stood below the pointer is another hour or day now.
    if (changed.has("series")) this.shown = null;
  }
  override updated(changed: PropertyValues): void {
    if (!changed.has("series")) return;
    this.#plot?.destroy();
    const place = this.querySelector<HTMLElement>(".chart-plot")!;
    this.#plot = new uPlot(this.#options(place.clientWidth), this.#data(), place);
    this.#resizes.observe(place);
  }
  #data(): uPlot.AlignedData {
    return [
      this.series.map((_, at) => at),
      this.series.map(({ messages }) => messages),
      this.series.map(({ replies }) => replies),
    ];
  }
  #options(width: number): uPlot.Options {
    const { length } = this.series;
    const format = this.#format();
    // A canvas knows no variables: colours are read from where the page's style has them.
    const colorOf = (selector: string) => () => getComputedStyle(this.querySelector(selector)!).backgroundColor;
    const words = () => getComputedStyle(this.querySelector(".chart-legend")!).color;
    const font = `${FONT_PX}px ${getComputedStyle(this).fontFamily}`;
    const bars = { paths: uPlot.paths.bars!({ size: [...BAR], radius: 0.1 }), points: { show: false } };
    return {
      width,
      height: HEIGHT_PX,
      legend: { show: false },
      cursor: { x: false, y: false, points: { show: false }, drag: { x: false, y: false } },
      scales: { x: { time: false, range: [-0.5, length - 0.5] }, y: { range: (_, __, most) => [0, Math.max(1, most)] } },
      axes: [
        {
          font,
          stroke: words,
          grid: { show: false },
          ticks: { show: false },
          size: 24,
          splits: [...new Set([0, Math.floor((length - 1) / 2), length - 1])],
          values: (_, places) => places.map((at) => format.format(new Date(this.series[at]!.at))),
        },
        {
          font,
          stroke: words,
          grid: { stroke: colorOf(".chart-line"), width: 1 },
          ticks: { show: false },
          size: 44,
          incrs: [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000].flatMap((power) => [power, 2 * power, 5 * power]),
          values: (_, counts) => counts.map((count) => this.#numbers.format(count)),
        },
      ],
      padding: [8, 28, 0, 0],
      series: [{}, { ...bars, fill: colorOf(".bar-messages") }, { ...bars, fill: colorOf(".bar-replies") }],
      hooks: { setCursor: [({ cursor }) => (this.shown = cursor.idx ?? null)] },
    };
  }
  #format(): Intl.DateTimeFormat {
    return new Intl.DateTimeFormat(
      language,
      this.unit === "hour" ? { hour: "numeric", minute: "2-digit" } : { day: "numeric", month: "short", timeZone: "UTC" },
    );
  }

  override render(): TemplateResult {
    const { series } = this;
    const format = this.#format();
    const one = this.shown === null ? undefined : series[this.shown];
    const count = (value: number | undefined) => (value === undefined ? "" : ` ${this.#numbers.format(value)}`);
    return html`<div class="chart" role="img" aria-label=${t("Bars of messages over time; the table below has the numbers.")}>
        <div class="chart-plot"></div>
        <p class="chart-legend" aria-hidden="true">
          <span><i class="bar-messages"></i>${t("Messages")}${count(one?.messages)}</span>
          <span><i class="bar-replies"></i>${t("Replies")}${count(one?.replies)}</span>
          <span>${one ? format.format(new Date(one.at)) : ""}</span><i class="chart-line"></i>
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
                    <td>${this.#numbers.format(conversations)}</td>
                    <td>${this.#numbers.format(messages)}</td>
                    <td>${this.#numbers.format(replies)}</td>
                  </tr>`,
              )}
            </tbody>
          </table>
        </div>
      </details>`;
  }
}
customElements.define("time-chart", TimeChart);
