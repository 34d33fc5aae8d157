import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Agent, PublicSession } from "../protocol/resources.ts";
import { startCollector, type Collector } from "./support/collector.ts";
import { startOpenAiServer, type OpenAiServer } from "./support/openai-server.ts";
import { startRealServer, type RealServer } from "./support/real-server.ts";
import { openWs } from "./support/ws-client.ts";

const [INTERNAL, SERVER, CLIENT] = [1, 2, 3];
const FAILED = 2;
const QUESTION = "How much is it in heliotrope?";
const COLLECTOR_KEY = "the key of the collector";

let model: OpenAiServer;
let collector: Collector;
let server: RealServer;
let agent: Agent;
let session: PublicSession;

beforeAll(async () => {
  [model, collector] = await Promise.all([startOpenAiServer(), startCollector()]);
  model.behave((request) => {
    if (request.isRouting) return { text: '{"topic":"prices"}' };
    return request.user.endsWith("fail") ? { status: 400, error: { message: request.user } } : {};
  });
  server = await startRealServer({
    LOG_LEVEL: "info",
    OPENAI_BASE_URL: model.url,
    OPENAI_MODEL: "a-model",
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_HEADERS: `x-key=${encodeURIComponent(COLLECTOR_KEY)}`,
    OTEL_SERVICE_NAME: "our-chat",
    OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=trial",
    OTEL_BSP_SCHEDULE_DELAY: "50",
  });
  const { id } = await server.call<Agent>("POST", "/agents", { name: "Bella's Shoes" });
  const specialist = { name: "Prices", topics: ["prices"], system_prompt: "You know the prices." };
  await server.call("POST", `/agents/${id}/sub-agents`, specialist);
  ({ agent } = await server.call<{ agent: Agent }>("POST", `/agents/${id}/publish`));
  session = await server.createSession(agent.slug);
}, 120_000);
afterAll(async () => {
  await server?.remove();
  await Promise.all([model?.stop(), collector?.stop()]);
});

const logged = (msg: string) =>
  server
    .output()
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((entry) => entry["msg"] === msg);

/** Says something as the visitor, and returns the log event of the reply. */
async function chat(content: string): Promise<Record<string, unknown>> {
  const { token, conversation_id } = session;
  const before = logged("reply").length;
  const tab = await openWs(server.url, { token });
  await tab.take("connected");
  tab.send({ type: "message", conversation_id, content, client_message_id: randomUUID() });
  await tab.take("message", ({ message }) => message.role === "assistant" && message.status !== "streaming", 20_000);
  await tab.close();
  await vi.waitFor(() => expect(logged("reply")).toHaveLength(before + 1));
  return logged("reply")[before]!;
}

const spansOf = (traceId: unknown) => collector.spans().filter((span) => span.traceId === traceId);

test("a reply is one trace under the log's id: choosing, and each call to the model, with what conventions name", async () => {
  const reply = await chat(QUESTION);
  expect(reply).toMatchObject({ status: "complete", routing: "specialist" });
  const spans = await vi.waitFor(() => {
    const found = spansOf(reply["trace_id"]);
    expect(found).toHaveLength(4);
    return found;
  });
  const named = (name: string) => spans.filter((span) => span.name === name);
  const [root] = named("invoke_agent");
  const [route] = named("route");
  const [topic, answer] = named("chat a-model").toSorted((a) => (a.parentSpanId === route!.spanId ? -1 : 1));
  const sub_agent = { "renus.sub_agent.id": reply["sub_agent_id"] };
  const conversation = { "gen_ai.conversation.id": session.conversation_id };
  expect(root).toMatchObject({
    kind: INTERNAL,
    status: { code: 0 },
    resource: { "service.name": "our-chat", "deployment.environment.name": "trial", "service.instance.id": expect.any(String) },
    attributes: {
      ...conversation,
      ...sub_agent,
      "gen_ai.operation.name": "invoke_agent",
      "gen_ai.agent.id": agent.id,
      "gen_ai.request.model": "a-model",
      "gen_ai.usage.input_tokens": 42,
      "gen_ai.usage.output_tokens": 4,
      "renus.reply.status": "complete",
      "renus.reply.attempt": 1,
      "renus.routing.outcome": "specialist",
      "renus.message.id": reply["message_id"],
    },
  });
  expect(root!.parentSpanId ?? "").toBe("");
  expect(route).toMatchObject({
    kind: INTERNAL,
    parentSpanId: root!.spanId,
    attributes: { ...sub_agent, "renus.routing.outcome": "specialist", "renus.routing.method": "model" },
  });
  const call = {
    ...conversation,
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "a-model",
    "gen_ai.usage.input_tokens": 42,
    "server.address": "127.0.0.1",
    "server.port": Number(new URL(model.url).port),
  };
  expect(topic).toMatchObject({
    kind: CLIENT,
    parentSpanId: route!.spanId,
    attributes: { ...call, "gen_ai.output.type": "json", "gen_ai.request.stream": false, "gen_ai.request.temperature": 0 },
  });
  expect(answer).toMatchObject({
    kind: CLIENT,
    parentSpanId: root!.spanId,
    attributes: { ...call, "gen_ai.request.stream": true, "gen_ai.response.time_to_first_chunk": expect.any(Number) },
  });
  const message = collector.spans().find((span) => span.name === "message");
  expect(message).toMatchObject({ kind: SERVER, attributes: { ...conversation, "renus.message.duplicate": false } });
  expect(collector.requests[0]).toMatchObject({ path: "/v1/traces", headers: { "x-key": COLLECTOR_KEY } });
});

test("what fails says why, in codes alone", async () => {
  const reply = await chat("Heliotrope, now fail");
  const [root, call] = await vi.waitFor(() => {
    const found = spansOf(reply["trace_id"]);
    const failed = [
      found.find(({ name }) => name === "invoke_agent"),
      found.find(({ attributes }) => attributes["gen_ai.request.stream"]),
    ];
    expect(failed).not.toContain(undefined);
    return failed;
  });
  expect(call).toMatchObject({ status: { code: FAILED }, attributes: { "error.type": "refused" } });
  expect(root).toMatchObject({
    status: { code: FAILED },
    attributes: { "error.type": "MODEL_UNAVAILABLE", "renus.reply.status": "failed" },
  });
  expect(Object.keys(root!.status)).toEqual(["code"]);
});

test("a request is its caller's child, or begins a trace under the log's id; one whose caller records nothing is left out", async () => {
  const [trace, other] = ["4bf92f3577b34da6a3ce929d0e0e4736", "4bf92f3577b34da6a3ce929d0e0e4737"];
  const ask = (path: string, headers: Record<string, string> = {}) => fetch(server.url + path, { headers });
  await ask("/healthz", { traceparent: `00-${other}-00f067aa0ba902b7-00` });
  await ask(`/agents/${agent.id}?token=heliotrope`, {
    traceparent: `00-${trace}-00f067aa0ba902b7-01`,
    tracestate: "x=heliotrope",
  });
  await ask("/nowhere-at-all");
  await vi.waitFor(() => expect(logged("request").filter(({ path }) => path === "/nowhere-at-all")).toHaveLength(1));
  const [lost] = logged("request").filter(({ path }) => path === "/nowhere-at-all");
  await vi.waitFor(() => expect(spansOf(lost!["trace_id"])).toHaveLength(1));
  expect(spansOf(trace)).toMatchObject([
    {
      name: "GET /agents/:id",
      kind: SERVER,
      parentSpanId: "00f067aa0ba902b7",
      // A caller's mistake is none of ours.
      status: { code: 0 },
      attributes: {
        "http.request.method": "GET",
        "http.route": "/agents/:id",
        "http.response.status_code": 401,
        "url.path": `/agents/${agent.id}`,
        "url.scheme": "http",
      },
    },
  ]);
  expect(spansOf(lost!["trace_id"])).toMatchObject([{ name: "GET", attributes: { "http.response.status_code": 404 } }]);
  expect(spansOf(other)).toEqual([]);
  expect(collector.text()).not.toContain("heliotrope");
});

test("visitors notice nothing of a collector that refuses or hangs; the log tells once, and a stop does not wait for it", async () => {
  const told = () => logged("the collector takes no traces: they are dropped");
  collector.behave("refuse");
  await chat(QUESTION);
  await vi.waitFor(() => expect(told()).toMatchObject([{ reason: "401" }]));
  const asked = collector.requests.length;
  await chat(QUESTION);
  await vi.waitFor(() => expect(collector.requests.length).toBeGreaterThan(asked));
  collector.behave("take");
  await chat(QUESTION);
  await vi.waitFor(() => expect(logged("the collector takes traces again")).toHaveLength(1));
  expect(told()).toHaveLength(1);

  collector.behave("hang");
  expect(await chat(QUESTION)).toMatchObject({ status: "complete" });
  const startedAt = performance.now();
  await server.kill("SIGTERM");
  // The exporter alone would wait for ten seconds, and the process be ended after eight.
  expect(performance.now() - startedAt).toBeLessThan(6000);
  expect(server.output()).not.toContain(COLLECTOR_KEY);
  expect(server.output()).not.toContain("heliotrope");
});
