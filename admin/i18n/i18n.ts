/** The panel's languages. English sentences are the keys: `t("Take over")`, `t("{name} answers.", { name })`. */

export const LANGUAGES = { en: "English", "pt-BR": "Português (Brasil)", es: "Español" } as const;
export type Language = keyof typeof LANGUAGES;

const STORED = "renus-admin-language";

/** What a person has chosen, else the browser's first language that we have. */
export const language: Language = chosen() ?? fromBrowser();
let words: Readonly<Record<string, string>> = {};

/** To be awaited before the first word is shown. English needs nothing; a language that does not load leaves English. */
export async function loadLanguage(): Promise<void> {
  document.documentElement.lang = language;
  try {
    if (language === "pt-BR") ({ words } = await import("./pt-br.ts"));
    else if (language === "es") ({ words } = await import("./es.ts"));
  } catch {
    document.documentElement.lang = "en";
  }
}

/** Words are looked up where they are shown, so all of the panel begins anew. */
export function setLanguage(next: Language): void {
  localStorage.setItem(STORED, next);
  location.reload();
}

/** The sentence in the panel's language; `{name}` in it becomes that value. */
export function t(sentence: string, values: Readonly<Record<string, string | number>> = {}): string {
  return (words[sentence] ?? sentence).replace(/\{(\w+)\}/g, (all, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : all,
  );
}

/** `count` comes in as `{count}`, written as the language does. */
export function plural(count: number, one: string, many: string): string {
  return t(count === 1 ? one : many, { count: new Intl.NumberFormat(language).format(count) });
}

function chosen(): Language | null {
  try {
    const stored = localStorage.getItem(STORED);
    return stored && Object.hasOwn(LANGUAGES, stored) ? (stored as Language) : null;
  } catch {
    return null;
  }
}
function fromBrowser(): Language {
  for (const tag of navigator.languages) {
    const short = tag.slice(0, 2).toLowerCase();
    if (short === "en") return "en";
    if (short === "pt") return "pt-BR";
    if (short === "es") return "es";
  }
  return "en";
}
