import { loadLanguage } from "./i18n/i18n.ts";

await loadLanguage();
// What it shows is in that language from the first word.
await import("./renus-admin.ts");
