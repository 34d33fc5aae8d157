import type { Locale } from "./locale.ts";

/** Words of what comes when it is needed: menu, tools at replies, code, consent to sound. */
const en = {
  download: "Download transcript",
  copy: "Copy",
  copied: "Copied",
  helpful: "Helpful",
  not_helpful: "Not helpful",
  sound: "Sound for new messages",
};
export type MoreStrings = typeof en;

const words: Record<Locale, MoreStrings> = {
  en,
  "pt-BR": {
    download: "Baixar conversa",
    copy: "Copiar",
    copied: "Copiado",
    helpful: "Ajudou",
    not_helpful: "Não ajudou",
    sound: "Som de novas mensagens",
  },
  es: {
    download: "Descargar conversación",
    copy: "Copiar",
    copied: "Copiado",
    helpful: "Útil",
    not_helpful: "No es útil",
    sound: "Sonido de mensajes nuevos",
  },
};
export const moreStrings = (locale: Locale): MoreStrings => words[locale];
