import { en, type Strings } from "./en.ts";

export type Locale = "en" | "pt-BR" | "es";

/** The first wish that we speak: attribute, then page, then browser. English otherwise. */
export function pickLocale(wishes: readonly (string | null | undefined)[]): Locale {
  for (const wish of wishes) {
    const language = wish?.toLowerCase().split(/[-_]/)[0];
    if (language === "en") return "en";
    if (language === "pt") return "pt-BR";
    if (language === "es") return "es";
  }
  return "en";
}

/** English is part of the chat, other languages come when they are spoken. */
export async function loadStrings(locale: Locale): Promise<Strings> {
  if (locale === "pt-BR") return (await import("./pt-br.ts")).strings;
  if (locale === "es") return (await import("./es.ts")).strings;
  return en;
}

/** Fills `{name}` places. */
export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}
