import { html, nothing, type TemplateResult } from "lit";
import { DAY_LIMITS } from "../../protocol/codes.ts";
import type { AgentUsage, DayLimits } from "../../protocol/resources.ts";
import { language, plural, t } from "../i18n/i18n.ts";
import { field, textOf } from "./field.ts";
import { fullTime } from "./words.ts";

type LimitName = keyof DayLimits;

const dollars = new Intl.NumberFormat(language, { style: "currency", currency: "USD" });
const number = new Intl.NumberFormat(language);

const labels = (): Record<LimitName, string> => ({
  replies_per_day: t("Replies of the agent"),
  visitor_replies_per_day: t("Replies to one visitor"),
  tokens_per_day: t("Tokens of the agent"),
  visitor_tokens_per_day: t("Tokens for one visitor"),
  usd_per_day: t("US dollars for the agent"),
  visitor_usd_per_day: t("US dollars for one visitor"),
});

/** What the agent and each visitor may use up in a day; an empty field is the default. */
export function dayLimitsFields(given: unknown, usage: AgentUsage | null): TemplateResult {
  const own = Object(given) as Record<string, unknown>;
  return html`<details class="more">
    <summary>${t("Limits of a day")}</summary>
    <p class="hint">
      ${t(
        "They start anew at midnight UTC. On a limit visitors are asked for a message and a contact, and the conversation waits for a person.",
      )}
    </p>
    ${
      usage
        ? html`<p class="hint" role="status">
            ${t("Used up today. Replies: {replies}, tokens: {tokens}, cost: {cost}.", {
              replies: number.format(usage.replies),
              tokens: number.format(usage.tokens),
              cost: dollars.format(usage.usd),
            })}
            ${
              usage.visitors_stopped > 0
                ? plural(usage.visitors_stopped, "{count} visitor reached a limit.", "{count} visitors reached a limit.")
                : nothing
            }
          </p>`
        : nothing
    }
    <div class="columns">${Object.entries(labels()).map(([name, label]) => limitField(name as LimitName, label, own[name]))}</div>
    <p class="hint">
      ${t(
        "Money is estimated by list prices. A model whose price is not known counts as a dear one; a server without a key costs nothing.",
      )}
    </p>
  </details>`;
}

function limitField(name: LimitName, label: string, value: unknown): TemplateResult {
  const isMoney = name.endsWith("usd_per_day");
  return field(
    { id: name, label },
    html`<input
      id=${name}
      name=${name}
      type="number"
      inputmode=${isMoney ? "decimal" : "numeric"}
      min=${isMoney ? 0.01 : 1}
      step=${isMoney ? 0.01 : 1}
      placeholder=${DAY_LIMITS[name]}
      .defaultValue=${typeof value === "number" ? String(value) : ""}
    />`,
  );
}

/** Empty fields give the default back. */
export function readDayLimits(form: HTMLFormElement): Record<LimitName, number | null> {
  const read = (name: LimitName) => {
    const text = textOf(form, name);
    return [name, text === "" ? null : Number(text)];
  };
  return Object.fromEntries((Object.keys(DAY_LIMITS) as LimitName[]).map(read)) as Record<LimitName, number | null>;
}

/** Over all tabs while the agent answers nobody any more; nothing otherwise. */
export function limitReached(agentId: string, usage: AgentUsage): TemplateResult | typeof nothing {
  const { reached, limits } = usage;
  if (reached === null) return nothing;
  const words = {
    replies: () => plural(limits.replies_per_day, "{count} reply", "{count} replies"),
    tokens: () => plural(limits.tokens_per_day, "{count} token", "{count} tokens"),
    usd: () => dollars.format(limits.usd_per_day),
  };
  return html`<div class="notice" role="status">
    <p>
      ${t("This agent has reached its limit of today: {limit}. It answers again from {time}.", {
        limit: words[reached](),
        time: fullTime(usage.resets_at),
      })}
    </p>
    <p>
      <a href="/admin/conversations?view=waiting&agent=${agentId}">${t("Conversations that wait for a person")}</a> ·
      <a href="/admin/agents/${agentId}">${t("Change its limits")}</a>
    </p>
  </div>`;
}
