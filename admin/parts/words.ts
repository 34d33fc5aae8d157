import type { Agent, RoutingTrace } from "../../protocol/resources.ts";
import { language } from "../i18n/i18n.ts";

/** How values read to a person. */

const CHANNELS: Record<string, string> = {
  whatsapp: "WhatsApp",
  web: "Website",
  instagram: "Instagram",
  telegram: "Telegram",
  email: "E-mail",
};
export const CHANNEL_OPTIONS = Object.entries(CHANNELS);
export const channelName = (channel: string): string => CHANNELS[channel] ?? channel;

const numbers = new Intl.NumberFormat("en");
export const count = (value: number, one: string, many: string): string => `${numbers.format(value)} ${value === 1 ? one : many}`;

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
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
  return "just now";
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

const METHODS: Record<RoutingTrace["method"], string> = {
  no_candidates: "There are no active specialists, so nobody had to be chosen.",
  literal: "The message names the topic itself.",
  model: "The model recognised the topic.",
  sticky: "The message follows up on the topic before it.",
  fallback: "No topic matched, so the main agent answers.",
};
export const methodWords = (trace: RoutingTrace): string => METHODS[trace.method];
export const milliseconds = (value: number): string =>
  value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;
