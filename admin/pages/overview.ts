import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { Overview, OverviewTotals } from "../../protocol/resources.ts";
import { getOverview, listAgents, type OverviewPeriod } from "../api.ts";
import { language, t } from "../i18n/i18n.ts";
import { LightElement } from "../parts/light-element.ts";
import { Loader } from "../parts/loader.ts";
import { emptyState, errorState, skeleton } from "../parts/states.ts";
import "../parts/time-chart.ts";
import { setTitle } from "../parts/title.ts";
import { topicWords } from "../parts/words.ts";
import { query } from "../request.ts";
import { navigate } from "../router.ts";

const PERIODS = ["24h", "7d", "30d"] as const;

/** What happened: figures of a period beside those of the one before, by time, topic and source. */
export class OverviewPage extends LightElement {
  static override properties = { period: {}, agent: {}, agents: { state: true } };
  declare period: string;
  /** Id of the only agent that counts; empty: all. */
  declare agent: string;
  declare agents: readonly { id: string; name: string }[];
  #overview = new Loader<Overview>(this);
  #numbers = new Intl.NumberFormat(language);
  #shares = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 });
  #money = new Intl.NumberFormat(language, { style: "currency", currency: "USD", maximumFractionDigits: 2 });

  constructor() {
    super();
    this.period = "";
    this.agent = "";
    this.agents = [];
  }
  override connectedCallback(): void {
    super.connectedCallback();
    void listAgents({ limit: 100 }).then(
      ({ data }) => (this.agents = data.map(({ id, name }) => ({ id, name }))),
      // The choice of an agent is left out then.
      () => {},
    );
  }
  get #period(): OverviewPeriod {
    return PERIODS.find((known) => known === this.period) ?? "7d";
  }
  override willUpdate(changed: PropertyValues): void {
    if (changed.has("period") || changed.has("agent")) void this.#load();
    setTitle(t("Overview"));
  }
  #load(): Promise<void> {
    return this.#overview.run((signal) => getOverview(this.#period, this.agent, signal));
  }

  override render(): TemplateResult {
    const words = { "24h": t("24 hours"), "7d": t("7 days"), "30d": t("30 days") };
    return html`<header class="page-head"><h1>${t("Overview")}</h1></header>
      <div class="toolbar">
        <nav class="segments" aria-label=${t("Period")}>
          ${PERIODS.map(
            (period) =>
              html`<a
                href=${`/admin/overview${query({ period, agent: this.agent })}`}
                aria-current=${period === this.#period ? "true" : nothing}
                >${words[period]}</a
              >`,
          )}
        </nav>
        ${
          this.agents.length > 1
            ? html`<select
                class="overview-agent"
                aria-label=${t("Agent")}
                @change=${(event: Event) =>
                  navigate(`/overview${query({ period: this.period, agent: (event.currentTarget as HTMLSelectElement).value })}`)}
              >
                <option value="">${t("All agents")}</option>
                ${this.agents.map(({ id, name }) => html`<option value=${id} ?selected=${id === this.agent}>${name}</option>`)}
              </select>`
            : nothing
        }
      </div>
      ${this.#content()}`;
  }
  #content(): TemplateResult {
    const { status, value, error } = this.#overview;
    if (status === "error") return errorState(error, () => void this.#load());
    if (!value) return skeleton(5, t("Loading the figures"));
    const { totals, previous, series, topics, sources } = value;
    if (totals.messages + previous.messages === 0) {
      return emptyState(
        t("Nothing happened in this time"),
        t(
          "Figures appear here once visitors write to your agents. Share the address of a published agent, or put its chat on your website.",
        ),
        html`<a class="button" href="/admin/agents">${t("Go to your agents")}</a>`,
      );
    }
    return html`<dl class="figures">${this.#cards(totals, previous)}</dl>
      <section class="card section" aria-labelledby="over-time">
        <h2 id="over-time">${t("Messages over time")}</h2>
        <time-chart .series=${series} unit=${this.#period === "24h" ? "hour" : "day"}></time-chart>
      </section>
      <section class="card section" aria-labelledby="by-topic">
        <h2 id="by-topic">${t("By topic")}</h2>
        ${topics.length === 0 ? html`<p class="muted">${t("No reply in this time.")}</p>` : this.#topics(topics)}
      </section>
      <section class="card section" aria-labelledby="by-source">
        <h2 id="by-source">${t("Where visitors came from")}</h2>
        ${sources.length === 0 ? html`<p class="muted">${t("No conversation began in this time.")}</p>` : this.#sources(sources)}
      </section>`;
  }
  #cards(now: OverviewTotals, before: OverviewTotals): TemplateResult[] {
    const number = (value: number) => this.#numbers.format(value);
    const card = (label: string, value: string, was: number | null, is: number | null, isShare = false) =>
      html`<div class="card figure">
        <dt>${label}</dt>
        <dd>${value}</dd>
        <dd class="figure-change">${this.#change(was, is, isShare)}</dd>
      </div>`;
    return [
      card(t("Conversations"), number(now.conversations), before.conversations, now.conversations),
      card(t("Messages"), number(now.messages), before.messages, now.messages),
      card(t("Replies"), number(now.replies), before.replies, now.replies),
      card(
        t("First reply, median"),
        now.median_first_reply_ms === null ? "–" : duration(now.median_first_reply_ms),
        before.median_first_reply_ms,
        now.median_first_reply_ms,
      ),
      card(
        t("Without a person"),
        now.handled_without_person === null ? "–" : this.#shares.format(now.handled_without_person),
        before.handled_without_person,
        now.handled_without_person,
        true,
      ),
      card(t("Handed to a person"), number(now.hand_offs), before.hand_offs, now.hand_offs),
      card(t("Helpful, not helpful"), `${number(now.thumbs_up)} · ${number(now.thumbs_down)}`, null, null),
      card(
        t("Tokens"),
        number(now.prompt_tokens + now.completion_tokens),
        before.prompt_tokens + before.completion_tokens,
        now.prompt_tokens + now.completion_tokens,
      ),
      card(t("Cost, estimated"), this.#cost(now.estimated_cost_usd), before.estimated_cost_usd, now.estimated_cost_usd),
    ];
  }
  #cost(value: number | null): string {
    if (value === null) return "–";
    return value > 0 && value < 0.01 ? t("under {amount}", { amount: this.#money.format(0.01) }) : this.#money.format(value);
  }
  #change(was: number | null, is: number | null, isShare: boolean): string {
    if (was === null || is === null) return "";
    if (isShare) return t("{share} before", { share: this.#shares.format(was) });
    if (was === 0) return is === 0 ? t("as before") : t("none before");
    const share = (is - was) / was;
    if (Math.abs(share) < 0.005) return t("as before");
    return t(share > 0 ? "{share} more than before" : "{share} less than before", {
      share: this.#shares.format(Math.abs(share)),
    });
  }
  #topics(topics: Overview["topics"]): TemplateResult {
    return html`<div class="table-scroll" tabindex="0" role="group" aria-labelledby="by-topic">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">${t("Topic")}</th>
            <th scope="col">${t("Replies")}</th>
            <th scope="col">${t("By the main agent")}</th>
            <th scope="col">${t("Handed to a person")}</th>
            <th scope="col">${t("Helpful, not helpful")}</th>
            <th scope="col">${t("Tokens")}</th>
            <th scope="col">${t("Cost, estimated")}</th>
          </tr>
        </thead>
        <tbody>
          ${topics.map(
            (topic) =>
              html`<tr>
                <th scope="row"><bdi>${topicWords(topic.topic) ?? t("no topic")}</bdi></th>
                <td>${this.#numbers.format(topic.volume)}</td>
                <td>${this.#shares.format(topic.fallback_share)}</td>
                <td>${this.#numbers.format(topic.hand_offs)}</td>
                <td>${this.#numbers.format(topic.thumbs_up)} · ${this.#numbers.format(topic.thumbs_down)}</td>
                <td>${this.#numbers.format(topic.prompt_tokens + topic.completion_tokens)}</td>
                <td>${this.#cost(topic.estimated_cost_usd)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  }
  #sources(sources: Overview["sources"]): TemplateResult {
    const most = Math.max(...sources.map(({ conversations }) => conversations));
    return html`<ul class="sources">
      ${sources.map(
        ({ source, conversations }) =>
          html`<li>
            <bdi>${source ?? t("without a tag")}</bdi><span>${this.#numbers.format(conversations)}</span>
            <meter min="0" max=${most} value=${conversations} aria-hidden="true"></meter>
          </li>`,
      )}
    </ul>`;
  }
}

function duration(ms: number): string {
  const unit = ms < 1000 ? "millisecond" : ms < 120_000 ? "second" : ms < 7_200_000 ? "minute" : "hour";
  const value = Math.round(ms) / { millisecond: 1, second: 1000, minute: 60_000, hour: 3_600_000 }[unit];
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 1 }).format(value);
}
customElements.define("overview-page", OverviewPage);
