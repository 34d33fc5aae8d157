import type { Locale } from "./locale.ts";

/** Words of what comes when it is needed: menu, tools at replies, code, consent to sound. */
const en = {
  download: "Download transcript",
  copy: "Copy",
  copied: "Copied",
  helpful: "Helpful",
  not_helpful: "Not helpful",
  sound: "Sound for new messages",
  my_data: "Download my data",
  erase: "Delete my data",
  erase_sure: "Delete all messages of this chat and what is known about you? This cannot be undone.",
  erase_yes: "Delete everything",
  erase_no: "Keep it",
  not_done: "That did not work. Please try again.",
  ok: "OK",
  agree: "I agree",
  read_more: "Read more",
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
    my_data: "Baixar meus dados",
    erase: "Apagar meus dados",
    erase_sure: "Apagar todas as mensagens desta conversa e o que se sabe sobre você? Isso não pode ser desfeito.",
    erase_yes: "Apagar tudo",
    erase_no: "Manter",
    not_done: "Não deu certo. Tente de novo.",
    ok: "OK",
    agree: "Concordo",
    read_more: "Ler mais",
  },
  es: {
    download: "Descargar conversación",
    copy: "Copiar",
    copied: "Copiado",
    helpful: "Útil",
    not_helpful: "No es útil",
    sound: "Sonido de mensajes nuevos",
    my_data: "Descargar mis datos",
    erase: "Borrar mis datos",
    erase_sure: "¿Borrar todos los mensajes de este chat y lo que se sabe de ti? No se puede deshacer.",
    erase_yes: "Borrar todo",
    erase_no: "Conservar",
    not_done: "No funcionó. Inténtalo de nuevo.",
    ok: "De acuerdo",
    agree: "Acepto",
    read_more: "Leer más",
  },
};
export const moreStrings = (locale: Locale): MoreStrings => words[locale];
