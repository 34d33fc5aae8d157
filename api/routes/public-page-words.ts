/** What the public page says before and without JavaScript, and what stands on pictures of it. */
const words = {
  en: {
    chat: "Chat",
    share: "Share",
    qr: "QR code",
    scan: "Scan to chat with {name}",
    download: "Download",
    close: "Close",
    copy: "Copy link",
    copied: "Link copied",
    not_copied: "Copy this address: {url}",
    chat_with: "Chat with {name}",
    connecting: "Connecting…",
    no_script: "This chat needs JavaScript. Please switch it on in your browser’s settings and reload the page.",
    other_device: "Or open the chat on another device: scan this code with its camera.",
    missing_title: "This chat does not exist",
    missing:
      "The address may be mistyped, or the chat is no longer published. Please check the link, or ask whoever sent it to you.",
    paused_title: "This chat is taking a break",
    paused: "It is paused at the moment. Please come back a little later.",
    reload: "Try again",
  },
  "pt-BR": {
    chat: "Conversar",
    share: "Compartilhar",
    qr: "Código QR",
    scan: "Escaneie para conversar com {name}",
    download: "Baixar",
    close: "Fechar",
    copy: "Copiar link",
    copied: "Link copiado",
    not_copied: "Copie este endereço: {url}",
    chat_with: "Converse com {name}",
    connecting: "Conectando…",
    no_script: "Esta conversa precisa de JavaScript. Ative-o nas configurações do navegador e recarregue a página.",
    other_device: "Ou abra a conversa em outro aparelho: aponte a câmera dele para este código.",
    missing_title: "Esta conversa não existe",
    missing: "O endereço pode estar errado, ou a conversa não está mais publicada. Confira o link ou pergunte a quem o enviou.",
    paused_title: "Esta conversa está em pausa",
    paused: "Não está disponível no momento. Volte um pouco mais tarde, por favor.",
    reload: "Tentar de novo",
  },
  es: {
    chat: "Chatear",
    share: "Compartir",
    qr: "Código QR",
    scan: "Escanea para chatear con {name}",
    download: "Descargar",
    close: "Cerrar",
    copy: "Copiar enlace",
    copied: "Enlace copiado",
    not_copied: "Copia esta dirección: {url}",
    chat_with: "Chatea con {name}",
    connecting: "Conectando…",
    no_script: "Este chat necesita JavaScript. Actívalo en los ajustes del navegador y recarga la página.",
    other_device: "O abre el chat en otro dispositivo: apunta su cámara a este código.",
    missing_title: "Este chat no existe",
    missing:
      "Puede que la dirección esté mal escrita o que el chat ya no esté publicado. Revisa el enlace o pregunta a quien te lo envió.",
    paused_title: "Este chat está en pausa",
    paused: "No está disponible en este momento. Vuelve un poco más tarde, por favor.",
    reload: "Intentar de nuevo",
  },
} as const;

export type PageWords = Record<keyof (typeof words)["en"], string>;

/** The first wish that we speak, in order: the agent's language, then the browser's. English otherwise. */
export function pageWords(wishes: readonly (string | null | undefined)[]): { lang: string; words: PageWords } {
  for (const wish of wishes) {
    for (const entry of (wish ?? "").split(",")) {
      const language = entry.trim().toLowerCase().split(/[-_;]/)[0];
      if (language === "en") return { lang: "en", words: words.en };
      if (language === "pt") return { lang: "pt-BR", words: words["pt-BR"] };
      if (language === "es") return { lang: "es", words: words.es };
    }
  }
  return { lang: "en", words: words.en };
}

/** `{name}` or another mark, once; what is put in may hold any characters. */
export function fill(text: string, mark: string, value: string): string {
  return text.replace(`{${mark}}`, () => value);
}
