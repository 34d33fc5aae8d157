/** Lines the conversation itself says, in the visitor's language. */
const LINES = {
  en: {
    joined: (name: string | null) => `${name ?? "A person"} joined the conversation`,
    handed_back: () => "The assistant is back",
    closed: () => "The conversation was closed",
    limit_reached: () =>
      "The assistant cannot answer any more today. Write your message here with an e-mail address or a phone number, and a person will read it.",
    message_kept: () => "Thank you. Your message is kept here, and a person will read it.",
  },
  pt: {
    joined: (name: string | null) => `${name ?? "Uma pessoa"} entrou na conversa`,
    handed_back: () => "O assistente está de volta",
    closed: () => "A conversa foi encerrada",
    limit_reached: () =>
      "O assistente não pode mais responder hoje. Escreva aqui sua mensagem com um e-mail ou telefone, e uma pessoa vai ler.",
    message_kept: () => "Obrigado. Sua mensagem está guardada aqui, e uma pessoa vai ler.",
  },
  es: {
    joined: (name: string | null) => `${name ?? "Una persona"} se unió a la conversación`,
    handed_back: () => "El asistente está de vuelta",
    closed: () => "La conversación se cerró",
    limit_reached: () =>
      "El asistente ya no puede responder hoy. Escribe aquí tu mensaje con un correo electrónico o un teléfono, y una persona lo leerá.",
    message_kept: () => "Gracias. Tu mensaje queda guardado aquí, y una persona lo leerá.",
  },
} as const;

/** `locale`: a BCP 47 tag or null; unknown languages read English. */
export function systemLines(locale: string | null): (typeof LINES)["en"] {
  const language = (locale ?? "en").toLowerCase().split(/[-_]/)[0]!;
  return (Object.hasOwn(LINES, language) ? LINES[language as keyof typeof LINES] : LINES.en) as (typeof LINES)["en"];
}
