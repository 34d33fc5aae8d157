import { en, type Strings } from "./en.ts";

export type Locale = "en" | "pt-BR" | "es";

/** The first wish that we speak: attribute, then page, then browser. English otherwise. */
export function pickLocale(wishes: readonly (string | null | undefined)[]): Locale {
  for (const wish of wishes) {
    const language = wish?.slice(0, 2).toLowerCase();
    if (language === "pt") return "pt-BR";
    if (language === "en" || language === "es") return language;
  }
  return "en";
}

/** English is part of the chat, other languages come when they are spoken. */
export async function loadStrings(locale: Locale): Promise<Strings> {
  return locale === "en" ? en : (await (locale === "es" ? import("./es.ts") : import("./pt-br.ts"))).strings;
}

/** Fills the `{}` of a text. */
export const fill = (text: string, value: string | number): string => text.replace("{}", () => String(value));
