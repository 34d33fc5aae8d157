import { fold } from "../lib/text-search.ts";

/** What the scripted model says around an agent's own words. `{name}` is the agent's name. */
export interface ScriptedPhrases {
  demonstration: string;
  unknown: string;
  starters: string;
  specialist: string;
  welcome: string;
}

const PHRASES: Record<"en" | "pt" | "es", ScriptedPhrases> = {
  en: {
    demonstration: "(This is a demonstration answer of {name}: no language model is connected yet.)",
    unknown: "I have nothing about that in what I was given.",
    starters: "You could ask me:",
    specialist: "{specialist} looks after this.",
    welcome: "You are welcome! Is there anything else?",
  },
  pt: {
    demonstration: "(Esta é uma resposta de demonstração de {name}: nenhum modelo de linguagem está conectado ainda.)",
    unknown: "Não encontrei nada sobre isso no que me foi passado.",
    starters: "Você pode me perguntar:",
    specialist: "{specialist} cuida deste assunto.",
    welcome: "De nada! Posso ajudar em mais alguma coisa?",
  },
  es: {
    demonstration: "(Esta es una respuesta de demostración de {name}: todavía no hay ningún modelo de lenguaje conectado.)",
    unknown: "No encontré nada sobre eso en lo que me dieron.",
    starters: "Puedes preguntarme:",
    specialist: "{specialist} se encarga de esto.",
    welcome: "¡De nada! ¿Puedo ayudar en algo más?",
  },
};

/** `language`: BCP 47 tag or a language's name; English where there are no phrases for it. */
export function phrasesFor(language: string | null): ScriptedPhrases {
  const folded = fold(language ?? "");
  if (/^(pt\b|portug|brazil|brasil)/.test(folded)) return PHRASES.pt;
  return /^(es\b|espan|spanish|castell)/.test(folded) ? PHRASES.es : PHRASES.en;
}
