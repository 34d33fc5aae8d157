/** What the public page says before and without JavaScript. */
const words = {
  en: {
    share: "Share",
    qr: "QR code",
    scan: "Scan to chat with {name}",
    download: "Download",
    close: "Close",
    copied: "Link copied",
    chat_with: "Chat with {name}",
    connecting: "Connecting…",
    no_script: "This chat needs JavaScript. Please switch it on and reload the page.",
    missing_title: "This chat does not exist",
    missing:
      "The address may be mistyped, or the chat is no longer published. Please check the link, or ask whoever sent it to you.",
    paused_title: "This chat is taking a break",
    paused: "It is paused at the moment. Please come back a little later.",
    reload: "Try again",
  },
  "pt-BR": {
    share: "Compartilhar",
    qr: "Código QR",
    scan: "Escaneie para conversar com {name}",
    download: "Baixar",
    close: "Fechar",
    copied: "Link copiado",
    chat_with: "Converse com {name}",
    connecting: "Conectando…",
    no_script: "Esta conversa precisa de JavaScript. Ative-o e recarregue a página.",
    missing_title: "Esta conversa não existe",
    missing: "O endereço pode estar errado, ou a conversa não está mais publicada. Confira o link ou pergunte a quem o enviou.",
    paused_title: "Esta conversa está em pausa",
    paused: "Não está disponível no momento. Volte um pouco mais tarde, por favor.",
    reload: "Tentar de novo",
  },
  es: {
    share: "Compartir",
    qr: "Código QR",
    scan: "Escanea para chatear con {name}",
    download: "Descargar",
    close: "Cerrar",
    copied: "Enlace copiado",
    chat_with: "Chatea con {name}",
    connecting: "Conectando…",
    no_script: "Este chat necesita JavaScript. Actívalo y recarga la página.",
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
