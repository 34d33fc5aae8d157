import { afterEach, beforeEach, expect, test } from "vitest";
import { pino } from "pino";
import { startOpenAiServer, type OpenAiServer } from "../../tests/support/openai-server.ts";
import type { Config } from "../config.ts";
import { createOpenAiModel } from "../llm/openai.ts";
import { createScriptedModel } from "../llm/scripted.ts";
import { modelName } from "./model-name.ts";
import { ORCHESTRATOR_DEFAULTS } from "./options.ts";
import { sandboxReply, testRoute } from "./sandbox.ts";

let server: OpenAiServer;
beforeEach(async () => {
  server = await startOpenAiServer();
});
afterEach(() => server.stop());

const openai = () => ({ apiKey: "k", baseUrl: server.url });
const deps = (model = createOpenAiModel(openai())) => ({
  log: pino({ level: "silent" }),
  config: { openai: openai(), defaultModel: "local-model" } as Config,
  orchestrator: { options: { ...ORCHESTRATOR_DEFAULTS, retryDelayMs: 10 }, model },
});
const agent = {
  id: "0b0e7a0e-0000-4000-8000-000000000001",
  client_id: "0b0e7a0e-0000-4000-8000-000000000002",
  name: "Shop",
  description: "Sells shoes.",
  model: "gpt-4o-mini",
  system_prompt: "You are the shop.",
  config: {},
};
const specialist = {
  id: "0b0e7a0e-0000-4000-8000-000000000003",
  name: "Parcels",
  description: null,
  topics: ["shipping"],
  system_prompt: "You know parcels.",
  model: "special-model",
  is_active: true,
  knowledge_base: {},
  fine_tuning_config: { temperature: 0.2, max_tokens: 77 },
};

test("answers as the specialist would, with its model and tuning, and says why", async () => {
  const { reply, trace } = await sandboxReply(deps(), { agent, subAgents: [specialist], message: "Shipping?" });
  expect(reply).toBe("Hello from the model.");
  expect(trace).toMatchObject({
    method: "literal",
    chosen: { kind: "sub_agent", name: "Parcels" },
    model: "special-model",
    tokens: { prompt: 42, completion: 4 },
  });
  expect(trace.config_version).toMatch(/^[0-9a-f]{12}$/);
  expect(server.replies[0]!.body).toMatchObject({ model: "special-model", temperature: 0.2, max_tokens: 77 });
});

test("knows the history it is given, and leaves inactive specialists out", async () => {
  await sandboxReply(deps(), {
    agent,
    subAgents: [{ ...specialist, is_active: false }],
    message: "And shipping?",
    history: [
      { role: "visitor", content: "Boots?" },
      { role: "assistant", content: "Yes." },
    ],
  });
  expect(server.routings).toHaveLength(0);
  expect(server.replies[0]!.body.messages).toMatchObject([
    { role: "system", content: expect.stringContaining("You are the shop.") },
    { role: "user", content: "Boots?" },
    { role: "assistant", content: "Yes." },
    { role: "user", content: "And shipping?" },
  ]);
});

test("a model that fails is MODEL_UNAVAILABLE in words", async () => {
  server.behave(() => ({ status: 500 }));
  await expect(sandboxReply(deps(), { agent, subAgents: [], message: "Hello?" })).rejects.toMatchObject({
    name: "AppError",
    code: "MODEL_UNAVAILABLE",
  });
  expect(server.replies).toHaveLength(3);
});

test("a route is tried without asking for a reply, and always has an answer", async () => {
  expect(await testRoute(deps(), { agent, subAgents: [specialist], message: "When will it arrive?" })).toMatchObject({
    method: "model",
    topic: "none",
    chosen: { kind: "agent" },
    first_token_ms: null,
  });
  server.behave(() => ({ status: 500 }));
  expect(await testRoute(deps(), { agent, subAgents: [specialist], message: "When?" })).toMatchObject({
    method: "fallback",
    error: { code: "ROUTING_ERROR" },
  });
  expect(server.replies).toHaveLength(0);
});

test("works without a server", async () => {
  const { reply } = await sandboxReply(deps(createScriptedModel({ wordDelayMs: 0 })), {
    agent,
    subAgents: [],
    message: "Shoes?",
  });
  expect(reply).toContain("Sells shoes.");
});

test("the trace names the built-in model where it answered and sorted, whatever the agent asks for", async () => {
  const scripted = deps(createScriptedModel({ wordDelayMs: 0 }));
  const { trace } = await sandboxReply(scripted, {
    agent,
    subAgents: [specialist],
    message: "Where is my parcel?",
  });
  expect(trace).toMatchObject({ model: "scripted", classifier_model: "scripted" });
});

test.each([
  ["https://api.openai.com/v1", "gpt-4o-mini", null, "gpt-4o-mini"],
  ["http://127.0.0.1:11434/v1", "gpt-4o-mini", null, "local-model"],
  ["http://127.0.0.1:11434/v1", "llama", null, "llama"],
  ["https://api.openai.com/v1", "gpt-4o", "gpt-5", "gpt-5"],
  ["https://openai.com.example/v1", "gpt-4o-mini", "", "local-model"],
])("on %s an agent with %s and a specialist with %s asks for %s", (baseUrl, own, special, expected) => {
  expect(modelName({ config: { openai: { apiKey: "k", baseUrl }, defaultModel: "local-model" }, model: {} }, own, special)).toBe(
    expected,
  );
});
