import type { Strings } from "./i18n/en.ts";

/** "14:05", as the reader's language writes it. */
export const clockTime = (iso: string, locale: string): string =>
  new Date(iso).toLocaleTimeString(locale, { hour: "numeric", minute: "2-digit" });

/** Whether both are on one day; without `b`, whether `a` is today. */
export const isSameDay = (a: string, b: string | number = Date.now()): boolean =>
  new Date(a).toDateString() === new Date(b).toDateString();

/** "Today", "Yesterday" or the date. */
export function dayName(iso: string, locale: string, strings: Strings): string {
  const now = new Date();
  if (isSameDay(iso)) return strings.today;
  if (isSameDay(iso, now.setDate(now.getDate() - 1))) return strings.yesterday;
  const date = new Date(iso);
  const year = date.getFullYear() === new Date().getFullYear() ? {} : ({ year: "numeric" } as const);
  return date.toLocaleDateString(locale, { weekday: "long", day: "numeric", month: "long", ...year });
}
