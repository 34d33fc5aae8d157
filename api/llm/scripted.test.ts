import { describe, expect, test } from "vitest";
import type { Grounding } from "./model.ts";
import { createScriptedModel, scriptedAnswer } from "./scripted.ts";

const grounding = (more: Partial<Grounding> = {}): Grounding => ({
  language: "en",
  agent: {
    name: "Bella's Shoes",
    description: "A small shop for running shoes in Porto.",
    greeting: "Welcome to Bella's!",
    starters: ["Which shoes for rain?", "When are you open?"],
  },
  specialist: null,
  knowledge: [
    "Parcels leave at noon.",
    "Delivery inside Portugal takes two days.",
    "You may return worn shoes within 30 days.",
    "The shop opens at nine.",
  ],
  question: "How long does delivery take?",
  ...more,
});

describe("the answer", () => {
  test("is what the agent knows about the question, and says that it is a demonstration", () => {
    const answer = scriptedAnswer(grounding());
    expect(answer).toContain("Delivery inside Portugal takes two days.");
    expect(answer).not.toContain("return worn shoes");
    expect(answer).toMatch(/demonstration answer of Bella's Shoes/);
  });

  test.each([
    ["can I return them?", "You may return worn shoes within 30 days."],
    ["WHEN DOES THE SHOP OPEN", "The shop opens at nine."],
  ])("finds the sentence for %s", (question, sentence) => {
    expect(scriptedAnswer(grounding({ question }))).toContain(sentence);
  });

  test("is the greeting and the starters for a hello", () => {
    const answer = scriptedAnswer(grounding({ question: "Hi!" }));
    expect(answer).toContain("Welcome to Bella's!");
    expect(answer).toContain("- Which shoes for rain?");
  });

  test("takes thanks for what they are", () => {
    expect(scriptedAnswer(grounding({ question: "Thank you very much!" }))).toMatch(/^You are welcome!/);
  });

  test("admits what it does not know", () => {
    const answer = scriptedAnswer(grounding({ question: "Quantum chromodynamics?" }));
    expect(answer).toContain("I have nothing about that");
    expect(answer).toContain("A small shop for running shoes in Porto.");
  });

  test.each([
    ["pt-BR", "demonstração"],
    ["es", "demostración"],
    ["Português do Brasil", "demonstração"],
    ["es-MX", "demostración"],
    ["fr", "demonstration"],
    [null, "demonstration"],
  ])("speaks %s as far as it can", (language, word) => {
    expect(scriptedAnswer(grounding({ language, question: "???" }))).toContain(word);
  });

  test("survives names that look like replacement patterns", () => {
    const agent = { ...grounding().agent, name: "$& $1 {name}" };
    expect(scriptedAnswer(grounding({ agent }))).toContain("answer of $& $1 {name}:");
  });
});

test("streams it in pieces and counts them", async () => {
  const model = createScriptedModel({ wordDelayMs: 0 });
  const pieces: string[] = [];
  let usage = null;
  const messages = [{ role: "user" as const, content: "How long?" }];
  for await (const chunk of model.stream({
    model: "m",
    messages,
    signal: new AbortController().signal,
    grounding: grounding(),
  })) {
    if (chunk.type === "text") pieces.push(chunk.text);
    if (chunk.type === "usage") usage = chunk.usage;
  }
  expect(pieces.length).toBeGreaterThan(5);
  expect(pieces.join("")).toBe(scriptedAnswer(grounding()));
  expect(usage).toMatchObject({ prompt: 2 });
});

test("stops in the middle when it is aborted", async () => {
  const controller = new AbortController();
  const model = createScriptedModel({ wordDelayMs: 1 });
  const reading = (async () => {
    for await (const chunk of model.stream({ model: "m", messages: [], signal: controller.signal, grounding: grounding() })) {
      if (chunk.type === "text") controller.abort();
    }
  })();
  await expect(reading).rejects.toMatchObject({ name: "AbortError" });
});
