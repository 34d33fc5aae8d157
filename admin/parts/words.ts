import type { Agent, RoutingTrace } from "../../protocol/resources.ts";
import { language, t } from "../i18n/i18n.ts";

/** How values read to a person. */

export const channelOptions = (): [string, string][] => [
  ["whatsapp", "WhatsApp"],
  ["web", t("Website")],
  ["instagram", "Instagram"],
  ["telegram", "Telegram"],
  ["email", t("E-mail")],
];
export const channelName = (channel: string): string => channelOptions().find(([known]) => known === channel)?.[1] ?? channel;

const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
const UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];
/** "3 hr. ago"; `time` and `now` are ISO strings or milliseconds. */
export function timeAgo(time: string, now = Date.now()): string {
  const seconds = (new Date(time).getTime() - now) / 1000;
  for (const [unit, length] of UNITS) {
    if (Math.abs(seconds) >= length) return relative.format(Math.round(seconds / length), unit);
  }
  return t("just now");
}
// Made once: a formatter costs more than a hundred uses of it.
const full = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
const clock = new Intl.DateTimeFormat(language, { timeStyle: "short" });
export const fullTime = (time: string): string => full.format(new Date(time));

/** "14:05" */
export const clockTime = (time: string): string => clock.format(new Date(time));

/** Where a click on the agent leads: set-up that is not finished goes on where it stopped. */
export const agentPath = (agent: Agent): string =>
  agent.status === "draft" ? `/admin/agents/${agent.id}/wizard` : `/admin/agents/${agent.id}`;

export function methodWords({ method }: RoutingTrace): string {
  const words: Record<RoutingTrace["method"], string> = {
    no_candidates: t("There are no active specialists, so nobody had to be chosen."),
    literal: t("The message names the topic itself."),
    model: t("The model recognised the topic."),
    sticky: t("The message follows up on the topic before it."),
    fallback: t("No topic matched, so the main agent answers."),
  };
  return words[method];
}
/** The server's own reason is English and the most precise; other languages have a sentence for each kind. */
export function reasonWords(trace: RoutingTrace): string {
  if (language === "en" && trace.reason) return trace.reason;
  const { method, topic, chosen } = trace;
  const values = { topic: topic ?? "", name: chosen.name };
  if (method === "literal") return t("The message says “{topic}”, a topic of {name} alone.", values);
  if (method === "sticky")
    return t("The model took the message for more about “{topic}”, so {name}, who answered last, goes on.", values);
  if (method === "model")
    return topic === "none"
      ? t("The model found that the message belongs to none of the topics.")
      : t("The model found the topic “{topic}”, which is {name}'s.", values);
  if (method === "fallback" && trace.error) return t("The topic could not be found, so the main agent answers.");
  return methodWords(trace);
}
/** A model that finds none of the topics says "none", in no language of ours; null: nobody looked for one. */
export const topicWords = (topic: string | null): string | null => (topic === "none" ? t("none of the topics") : topic);
export const milliseconds = (value: number): string =>
  value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;
