import { expect, test } from "vitest";
import { writeSystemPrompt, type PromptBrief } from "./write-system-prompt.ts";

const BRIEF: PromptBrief = {
  name: "Dental Clinic Sol",
  description: "Books appointments and explains treatments",
  niche: "dentistry",
  personality: "Calm and reassuring",
  tone: "warm",
  language: "pt-BR",
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
  expect(prompt).toContain("Write in Brazilian Portuguese.");
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
  ["es", "Write in Spanish."],
  ["de-AT", "Write in Austrian German."],
])("language %s", (language, rule) => {
  expect(writeSystemPrompt({ name: "A", language })).toContain(rule);
});

test("rows that hold anything do not break it", () => {
  const broken = { name: 1, personality: {}, tone: [], language: 5, greeting: null } as unknown as PromptBrief;
  expect(writeSystemPrompt(broken)).toContain("You are an assistant");
});
