import { promptLanguage, templateWords } from "../../../protocol/agent-templates.ts";
import { PROMPT_WORDS, type PromptWords } from "./prompt-words.ts";

/** What the steps of the wizard know about an agent. */
export interface PromptBrief {
  name: string;
  description?: string | null;
  /** Of the wizard's templates: what somebody in that role has to know. */
  template?: string | null;
  niche?: string | null;
  personality?: string | null;
  tone?: string | null;
  /** A language's name in any language, or a BCP 47 tag. Empty: the visitor's language. */
  language?: string | null;
  greeting?: string | null;
  fields?: readonly { key: string; label: string; type: string; required?: boolean }[];
}

/**
 * The system prompt of an agent, in the order a model weighs it: who it is, how it works and speaks, what it collects, what
 * it must not do; in the agent's language where that is one of ours, else in English. Pure: the same brief gives the same
 * text, so that an edit by hand can be told from a written one.
 */
export function writeSystemPrompt(brief: PromptBrief): string {
  // A config that was changed by hand holds anything.
  const clean = (value: unknown) => (typeof value === "string" ? value.trim() : "");
  const niche = clean(brief.niche);
  const description = clean(brief.description);
  const personality = clean(brief.personality);
  const tone = clean(brief.tone);
  const greeting = clean(brief.greeting);
  const fields = brief.fields ?? [];
  const written = promptLanguage(clean(brief.language)) ?? "en";
  const words = PROMPT_WORDS[written];
  const template = templateWords(clean(brief.template), written);

  const sections: string[] = [];
  sections.push(
    [
      // By function: a name may hold what a replacement's text would be read for.
      words.you.replace("{name}", () => clean(brief.name) || words.assistant),
      template?.role,
      niche && `${words.field}: ${sentence(niche)}`,
      description && `${words.purpose}: ${sentence(description)}`,
    ]
      .filter(Boolean)
      .join("\n"),
  );
  if (template) sections.push(section(words.work, template.work));

  const voice = [
    personality && `${words.personality}: ${sentence(personality)}`,
    tone && `${words.tone}: ${sentence(tone)}`,
    languageRule(clean(brief.language), words, written),
    ...words.voiceRules,
  ];
  sections.push(section(words.voice, voice.filter(Boolean)));

  if (greeting) sections.push(`${words.opening}\n${quote(greeting)}`);
  if (fields.length > 0) {
    const lines = fields.map((field) => {
      const hint = Object.hasOwn(words.hints, field.type) ? `: ${words.hints[field.type]}` : "";
      return `- ${field.label} (${field.required ? words.required : words.optional}${hint})`;
    });
    sections.push([words.findOut, words.findOutWhen, ...lines, words.findOutHow].join("\n"));
  }

  const scope = niche ? words.thisField : words.thisPurpose;
  sections.push(
    section(
      words.rules,
      words.ruleLines.map((rule) => rule.replace("{scope}", scope)),
    ),
  );
  return sections.join("\n\n");
}

function section(title: string, lines: readonly string[]): string {
  return [title, ...lines.map((line) => `- ${line}`)].join("\n");
}

function languageRule(language: string, words: PromptWords, written: string): string {
  if (!language) return words.visitorsLanguage;
  const name = languageName(language, written) ?? language;
  return words.language.replace("{language}", () => name);
}

/** Name of a BCP 47 tag in the language `written`, null for anything else. */
export function languageName(tag: string, written = "en"): string | null {
  try {
    const [canonical] = Intl.getCanonicalLocales(tag);
    return new Intl.DisplayNames(written, { type: "language", fallback: "none" }).of(canonical ?? "") ?? null;
  } catch {
    return null;
  }
}

function sentence(text: string): string {
  return /[.!?…。！？]$/u.test(text) ? text : `${text}.`;
}

function quote(text: string): string {
  return text
    .split("\n")
    .map((row) => `> ${row}`)
    .join("\n");
}
