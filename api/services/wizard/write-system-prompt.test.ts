import { expect, test } from "vitest";
import { PROMPT_LANGUAGES, TEMPLATE_IDS, templateWords } from "../../../protocol/agent-templates.ts";
import { wizardStepBodies } from "../../../protocol/requests.ts";
import { writeSystemPrompt, type PromptBrief } from "./write-system-prompt.ts";

const BRIEF: PromptBrief = {
  name: "Dental Clinic Sol",
  description: "Books appointments and explains treatments",
  niche: "dentistry",
  personality: "Calm and reassuring",
  tone: "warm",
  language: "it",
  greeting: "Olá!\nComo posso ajudar?",
  fields: [
    { key: "email", label: "E-mail", type: "email", required: true },
    { key: "birth", label: "Date of birth", type: "date" },
  ],
};

test("everything the steps know is in it", () => {
  const prompt = writeSystemPrompt(BRIEF);
  expect(prompt).toMatch(/^You are Dental Clinic Sol,/);
  expect(prompt).toContain("Field of work: dentistry.");
  expect(prompt).toContain("What you are here for: Books appointments and explains treatments.");
  expect(prompt).toContain("Personality: Calm and reassuring.");
  expect(prompt).toContain("Tone: warm.");
  expect(prompt).toContain("Write in Italian.");
  expect(prompt).toContain("> Olá!\n> Como posso ajudar?");
  expect(prompt).toContain("- E-mail (required: an e-mail address");
  expect(prompt).toContain("- Date of birth (optional: a date");
});

test("what is not known leaves no gap", () => {
  const prompt = writeSystemPrompt({ name: "Anna" });
  expect(prompt).not.toMatch(/undefined|null|Personality|Tone|Opening|What to find out|\n{3}| {2}/);
  expect(prompt).toContain("Write in the visitor's language.");
});

test("the same brief gives the same text, another brief another", () => {
  expect(writeSystemPrompt({ ...BRIEF })).toBe(writeSystemPrompt(BRIEF));
  for (const change of [{ name: "B" }, { niche: "law" }, { tone: "dry" }, { language: "es" }, { greeting: "Hi" }, { fields: [] }])
    expect(writeSystemPrompt({ ...BRIEF, ...change })).not.toBe(writeSystemPrompt(BRIEF));
});

test.each([
  ["Portuguese", "Write in Portuguese."],
  ["es", "Escribe en español."],
  ["pt-BR", "Escreva em português (Brasil)."],
  ["pt", "Escreva em português."],
  ["de-AT", "Write in Austrian German."],
])("language %s", (language, rule) => {
  expect(writeSystemPrompt({ name: "A", language })).toContain(rule);
});

test.each(TEMPLATE_IDS)(
  "the template %s is whole in every language, and its prompt is in that language throughout",
  (template) => {
    const shapes = PROMPT_LANGUAGES.map((language) => {
      const words = templateWords(template, language)!;
      const prompt = writeSystemPrompt({ name: "Sol", template, language, greeting: words.greeting, fields: words.fields });
      expect(prompt).toContain(words.role);
      for (const rule of words.work) expect(prompt).toContain(`- ${rule}`);
      if (language !== "en") expect(prompt).not.toMatch(/ the |[Yy]ou |Rules|undefined/);
      expect(prompt).not.toMatch(/[{}]/);
      // As the steps of the wizard take them.
      expect(wizardStepBodies[2].safeParse({ ...words, language }).success).toBe(true);
      expect(wizardStepBodies[3].safeParse({ fields: words.fields, starters: words.starters }).success).toBe(true);
      return [words.starters.length, words.work.length, words.fields.map(({ label: _, ...field }) => field)];
    });
    expect(shapes[1]).toEqual(shapes[0]);
    expect(shapes[2]).toEqual(shapes[0]);
  },
);

test("a name with the signs of a replacement stays as it is", () => {
  expect(writeSystemPrompt({ name: "A $& B {scope}" })).toContain("You are A $& B {scope},");
});

test("rows that hold anything do not break it", () => {
  const broken = { name: 1, personality: {}, tone: [], language: 5, greeting: null } as unknown as PromptBrief;
  expect(writeSystemPrompt(broken)).toContain("You are an assistant");
});
