import { describe, expect, test } from "vitest";
import { passagesOf } from "./knowledge.ts";
import { buildPrompt, type PromptInput, type Turn } from "./prompt.ts";

const visitor = (content: string): Turn => ({ role: "visitor", content, name: null, sub_agent_id: null });
const assistant = (content: string): Turn => ({ role: "assistant", content, name: "Shop", sub_agent_id: null });
const subAgent = {
  id: "b",
  name: "Parcels",
  description: "Looks after parcels.",
  topics: ["shipping"],
  system_prompt: "You know parcels.",
  model: null,
  is_active: true,
  knowledge_base: {
    text: "Parcels leave at noon. They need three days.",
    faq: [{ question: "Abroad?", answer: "Only in the EU." }],
  },
  fine_tuning_config: {},
};
const input = (more: Partial<PromptInput> = {}): PromptInput => ({
  agent: {
    id: "a",
    client_id: "c",
    name: "Shop",
    description: "Sells shoes.",
    model: "m",
    system_prompt: "You are the shop.",
    config: {
      step_2_data: { greeting: "Welcome!", language: "pt-BR" },
      step_3_data: { fields: [{ key: "email", label: "E-mail", type: "email", required: true }], starters: ["Opening hours?"] },
    },
  },
  subAgent: null,
  turns: [visitor("Hello?")],
  locale: "de-AT",
  historyTokensMax: 1000,
  knowledgeTokensMax: 1000,
  ...more,
});

describe("instructions", () => {
  test("of the main agent: its prompt, the fields to ask for, the visitor's language", () => {
    const [system] = buildPrompt(input()).messages;
    expect(system!.role).toBe("system");
    expect(system!.content.startsWith("You are the shop.")).toBe(true);
    expect(system!.content).toContain("- E-mail (email, required)");
    expect(system!.content).toContain("Brazilian Portuguese");
    expect(system!.content).not.toContain("Parcels");
  });

  test("a prompt that the wizard wrote is not told twice", () => {
    const { agent } = input();
    const config = { ...agent.config, system_prompt_source: "written", knowledge_base: ["Open till six."] };
    const [system] = buildPrompt(input({ agent: { ...agent, config } })).messages;
    expect(system!.content).toMatch(/^You are the shop\.\n\nWhat you know[^\n]*\nOpen till six\.$/);
  });

  test("without a language of the agent the visitor's browser decides", () => {
    const { agent } = input();
    const [system] = buildPrompt(input({ agent: { ...agent, config: {} } })).messages;
    expect(system!.content).toContain("Austrian German");
  });

  test("of a specialist: its own prompt and knowledge instead", () => {
    const { content } = buildPrompt(input({ subAgent })).messages[0]!;
    expect(content.startsWith("You know parcels.")).toBe(true);
    expect(content).not.toContain("You are the shop.");
    for (const passage of ["Parcels leave at noon.", "They need three days.", "Abroad? Only in the EU."]) {
      expect(content).toContain(passage);
    }
  });

  test("knowledge beyond the budget is cut to what the question is about", () => {
    const knowledge_base = {
      text: [...Array.from({ length: 200 }, (_, n) => `Filler number ${n} says nothing.`), "Boots cost 90 euros."],
    };
    const { content } = buildPrompt(
      input({ subAgent: { ...subAgent, knowledge_base }, turns: [visitor("What do boots cost?")], knowledgeTokensMax: 100 }),
    ).messages[0]!;
    expect(content).toContain("Boots cost 90 euros.");
    expect(content.match(/Filler/g)!.length).toBeLessThan(15);
  });
});

describe("history", () => {
  const history = (turns: Turn[], historyTokensMax = 1000) => buildPrompt(input({ turns, historyTokensMax })).messages.slice(1);

  test("several quick messages arrive together, neighbours of one role are joined", () => {
    expect(history([visitor("One"), assistant("Yes?"), visitor("Two"), visitor("Three")])).toEqual([
      { role: "user", content: "One" },
      { role: "assistant", content: "Yes?" },
      { role: "user", content: "Two\n\nThree" },
    ]);
  });

  test("what a person of the team wrote is told apart", () => {
    expect(history([visitor("Hi"), { ...assistant("I am Ana."), role: "operator", name: "Ana" }, visitor("Thanks")])[1]).toEqual({
      role: "assistant",
      content: "[Ana wrote:] I am Ana.",
    });
  });

  test("the newest is kept within the budget, beginning with the visitor", () => {
    const turns = Array.from({ length: 50 }, (_, n) => [
      visitor(`Question ${n} ${"x".repeat(80)}`),
      assistant(`Answer ${n}`),
    ]).flat();
    const kept = history([...turns, visitor("Last?")], 200);
    expect(kept.at(-1)).toEqual({ role: "user", content: "Last?" });
    expect(kept[0]!.role).toBe("user");
    expect(kept.length).toBeGreaterThan(3);
    expect(kept.length).toBeLessThan(20);
  });

  test("of a burst longer than the whole budget the end is asked, and no half character", () => {
    const burst = Array.from({ length: 20 }, (_, n) => visitor(`${"🎈".repeat(2000)} Message ${n}`));
    const asked = history([visitor("Old"), assistant("Fine."), ...burst], 100);
    expect(asked).toHaveLength(1);
    expect(asked[0]!.content).toMatch(/^(🎈| )+ Message 19$/u);
    expect(asked[0]!.content.isWellFormed()).toBe(true);
    expect(asked[0]!.content.length).toBeLessThan(400);
  });
});

test("the facts behind the prompt name greeting, starters, language and question", () => {
  const { grounding } = buildPrompt(
    input({ subAgent, turns: [visitor("Old"), assistant("Fine."), visitor("How"), visitor("long?")] }),
  );
  expect(grounding).toMatchObject({
    language: "pt-BR",
    agent: { greeting: "Welcome!", starters: ["Opening hours?"] },
    specialist: { name: "Parcels" },
    question: "How\nlong?",
  });
});

test("knowledge of any shape becomes passages", () => {
  expect(
    passagesOf({
      opening_hours: "Mo to Fr. Closed on Sunday.",
      prices: { boots: 90, laces: [1, 2] },
      notes: ["Cash only"],
      empty: null,
    }),
  ).toEqual(["Opening hours: Mo to Fr.", "Opening hours: Closed on Sunday.", "Boots: 90", "Laces: 1", "Laces: 2", "Cash only"]);
});
