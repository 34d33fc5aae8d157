import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../../tests/support/server.ts";
import type { Database } from "../db/database.ts";

/** The wizard's steps and publication, on any database. */
export function wizardCases(openDatabase: () => Promise<Database>): void {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ db: await openDatabase() });
  });
  afterAll(() => server.stop());

  const start = async (body: object = {}) => (await server.ok("POST", "/agents/wizard/start", { body })).wizard_id as string;
  const save = async (id: string, step: number, body: object) =>
    (await server.ok("PUT", `/agents/wizard/${id}/step/${step}`, { body })).agent;
  const VOICE = { personality: "Calm and precise", tone: "warm" };

  test("begins with an empty draft and tells the next step", async () => {
    const answer = await server.call("POST", "/agents/wizard/start", { body: { name: "Clinic" } });
    expect(answer.status).toBe(201);
    expect(answer.body.agent).toMatchObject({ id: answer.body.wizard_id, name: "Clinic", status: "draft", public_url: null });
    const state = await server.ok("GET", `/agents/wizard/${answer.body.wizard_id}`);
    expect(state).toMatchObject({ steps: { 1: false, 2: false, 3: false, 4: false }, next_step: 1 });
  });

  test("steps are saved in any order, again and again, and kept", async () => {
    const id = await start();
    await save(id, 4, { integrations: { crm: { kind: "none" } }, model: "other-model", channel: "web" });
    expect((await server.ok("GET", `/agents/wizard/${id}`)).next_step).toBe(1);
    await save(id, 2, { ...VOICE, language: "pt-BR", greeting: "Olá!" });
    await save(id, 1, { name: "First name", niche: "dentistry", description: "Answers patients" });
    await save(id, 1, { name: "Second name", niche: "law" });
    const agent = await save(id, 3, {
      fields: [{ key: "email", label: "E-mail", type: "email", required: true }],
      starters: ["Prices?", "Open today?"],
    });
    expect(agent).toMatchObject({ name: "Second name", description: "Answers patients", model: "other-model", channel: "web" });
    expect(agent.config).toMatchObject({
      step_1_data: { name: "Second name", niche: "law" },
      step_2_data: { ...VOICE, language: "pt-BR", greeting: "Olá!" },
      step_3_data: { starters: ["Prices?", "Open today?"] },
      step_4_data: { integrations: { crm: { kind: "none" } } },
      greeting: "Olá!",
      starters: ["Prices?", "Open today?"],
      locale: "pt-BR",
    });
    const state = await server.ok("GET", `/agents/wizard/${id}`);
    expect(state).toMatchObject({ steps: { 1: true, 2: true, 3: true, 4: true }, next_step: null });
    const { slug } = await server.ok("POST", `/agents/wizard/${id}/publish`);
    const profile = await server.ok("GET", `/public/agents/${slug}`, { token: null });
    expect(profile).toEqual({
      id,
      slug: "second-name",
      initials: "SN",
      name: "Second name",
      description: "Answers patients",
      greeting: "Olá!",
      starters: ["Prices?", "Open today?"],
      appearance: {},
      locale: "pt-BR",
    });
  });

  test("the written prompt follows every step", async () => {
    const id = await start();
    expect((await save(id, 2, VOICE)).system_prompt).toContain("Calm and precise");
    expect((await save(id, 1, { name: "Sol", niche: "dentistry" })).system_prompt).toMatch(
      /You are Sol,[^]*dentistry[^]*Calm and precise/,
    );
    const fields = [{ key: "phone", label: "Mobile number", type: "phone", required: true }];
    expect((await save(id, 3, { fields })).system_prompt).toContain("Mobile number (required");
  });

  test("a prompt worded by hand is left alone until step 2 asks for a written one", async () => {
    const id = await start();
    await save(id, 1, { name: "Sol" });
    const written = (await save(id, 2, VOICE)).system_prompt;
    await save(id, 2, { ...VOICE, system_prompt: "Mine." });
    expect((await save(id, 1, { name: "Luna" })).system_prompt).toBe("Mine.");
    expect((await save(id, 3, { fields: [] })).system_prompt).toBe("Mine.");
    expect((await save(id, 2, VOICE)).system_prompt).toBe(written.replace("You are Sol", "You are Luna"));
    // Sent back as it was shown, it is not an edit.
    await save(id, 2, { ...VOICE, system_prompt: written.replace("You are Sol", "You are Luna") });
    expect((await save(id, 1, { name: "Mar" })).system_prompt).toContain("You are Mar");
    await server.ok("PATCH", `/agents/${id}`, { body: { system_prompt: "Mine again." } });
    expect((await save(id, 1, { name: "Terra" })).system_prompt).toBe("Mine again.");
  });

  test("publication needs steps 1 and 2", async () => {
    const id = await start({ name: "Half" });
    const publish = () => server.call("POST", `/agents/wizard/${id}/publish`);
    expect(await publish()).toMatchObject({ status: 409, body: { code: "WIZARD_INCOMPLETE", missing_steps: [1, 2] } });
    await save(id, 2, VOICE);
    expect(await publish()).toMatchObject({ status: 409, body: { code: "WIZARD_INCOMPLETE", missing_steps: [1] } });
    expect((await server.call("POST", `/agents/${id}/publish`)).body.code).toBe("WIZARD_INCOMPLETE");
    await save(id, 1, { name: "Whole" });
    expect(await publish()).toMatchObject({ status: 200, body: { slug: "whole", agent: { status: "active", is_public: true } } });
    // The name may change afterwards, what was printed may not.
    await save(id, 1, { name: "Renamed" });
    expect((await publish()).body).toMatchObject({ slug: "whole", agent: { name: "Renamed" } });
  });

  test("published at once under one name, each gets an address of its own", async () => {
    const ids = await Promise.all(Array.from({ length: 6 }, () => start()));
    for (const id of ids) {
      await save(id, 1, { name: "Same" });
      await save(id, 2, VOICE);
    }
    const slugs = await Promise.all(ids.map(async (id) => (await server.ok("POST", `/agents/wizard/${id}/publish`)).slug));
    expect(slugs.sort()).toEqual(["same", "same-2", "same-3", "same-4", "same-5", "same-6"]);
  });

  test("the sandbox answers for a draft and stores nothing", async () => {
    const id = await start({ name: "Draft" });
    await server.createSubAgent(id, {
      name: "Prices",
      topics: ["prices"],
      knowledge_base: { facts: ["A cleaning costs 80 euros."] },
    });
    const body = { message: "What does a cleaning cost? Tell me your prices.", history: [{ role: "visitor", content: "Hi" }] };
    const { reply, trace } = await server.ok("POST", `/agents/wizard/${id}/sandbox`, { body });
    expect(reply).toContain("80 euros");
    expect(trace.chosen).toMatchObject({ kind: "sub_agent", name: "Prices" });
    const decision = await server.ok("POST", `/agents/${id}/route`, { body: { message: "prices please" } });
    expect(decision.chosen).toMatchObject({ kind: "sub_agent", name: "Prices" });
    expect((await server.ok("GET", "/conversations")).data).toEqual([]);
  });
}
