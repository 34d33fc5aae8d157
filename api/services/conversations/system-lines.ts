/** Lines the conversation itself says, in the visitor's language. */
const LINES = {
  en: {
    joined: (name: string | null) => `${name ?? "A person"} joined the conversation`,
    handed_back: () => "The assistant is back",
    closed: () => "The conversation was closed",
  },
  pt: {
    joined: (name: string | null) => `${name ?? "Uma pessoa"} entrou na conversa`,
    handed_back: () => "O assistente está de volta",
    closed: () => "A conversa foi encerrada",
  },
  es: {
    joined: (name: string | null) => `${name ?? "Una persona"} se unió a la conversación`,
    handed_back: () => "El asistente está de vuelta",
    closed: () => "La conversación se cerró",
  },
} as const;

/** `locale`: a BCP 47 tag or null; unknown languages read English. */
export function systemLines(locale: string | null): (typeof LINES)["en"] {
  const language = (locale ?? "en").toLowerCase().split(/[-_]/)[0]!;
  return (Object.hasOwn(LINES, language) ? LINES[language as keyof typeof LINES] : LINES.en) as (typeof LINES)["en"];
}
