import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startOpenAiServer, type ModelBehaviour, type OpenAiServer } from "../../tests/support/openai-server.ts";
import { ModelError, type ChatModel, type ChatRequest } from "./model.ts";
import { createOpenAiModel } from "./openai.ts";

let server: OpenAiServer;
let model: ChatModel;
beforeEach(async () => {
  server = await startOpenAiServer();
  model = createOpenAiModel({ apiKey: "sk-secret", baseUrl: server.url });
});
afterEach(() => server.stop());

const request = (more: Partial<ChatRequest> = {}): ChatRequest => ({
  model: "some-model",
  messages: [
    { role: "system", content: "Be kind." },
    { role: "user", content: "my private words" },
  ],
  signal: new AbortController().signal,
  ...more,
});
async function streamed(more: Partial<ChatRequest> = {}) {
  let text = "";
  let usage = null;
  for await (const chunk of model.stream(request(more))) {
    if (chunk.type === "text") text += chunk.text;
    if (chunk.type === "usage") usage = chunk.usage;
  }
  return { text, usage };
}
async function failure(behaviour: ModelBehaviour): Promise<ModelError> {
  server.behave(() => behaviour);
  const err = await streamed().catch((reason: unknown) => reason);
  expect(err).toBeInstanceOf(ModelError);
  return err as ModelError;
}

test("streams text and usage with the key, the model and nothing that was not asked for", async () => {
  expect(await streamed()).toEqual({ text: "Hello from the model.", usage: { prompt: 42, completion: 4 } });
  const [sent] = server.requests;
  expect(sent!.path).toBe("/v1/chat/completions");
  expect(sent!.authorization).toBe("Bearer sk-secret");
  expect(sent!.body).toEqual({
    model: "some-model",
    messages: request().messages,
    stream: true,
    stream_options: { include_usage: true },
  });
});

test("answers as a whole", async () => {
  expect(await model.complete(request({ temperature: 0 }))).toEqual({
    text: "Hello from the model.",
    usage: { prompt: 42, completion: 4 },
  });
});

describe("failures have a kind, and say neither the key nor what was written", () => {
  test.each<[string, ModelBehaviour, Partial<ModelError>]>([
    ["429 with seconds", { status: 429, retryAfter: "7" }, { kind: "rate_limited", isRetryable: true, retryAfterMs: 7000 }],
    ["429 without", { status: 429 }, { kind: "rate_limited", isRetryable: true, retryAfterMs: null }],
    ["a quota used up", { status: 429, error: { code: "insufficient_quota" } }, { kind: "rate_limited", isRetryable: false }],
    ["500", { status: 500 }, { kind: "server", isRetryable: true }],
    ["503 with Retry-After", { status: 503, retryAfter: "2" }, { kind: "server", isRetryable: true, retryAfterMs: 2000 }],
    ["401", { status: 401 }, { kind: "refused", isRetryable: false }],
    ["404", { status: 404 }, { kind: "refused", isRetryable: false }],
    ["400", { status: 400 }, { kind: "refused", isRetryable: false }],
    ["a broken connection", { dropAfter: 0 }, { isRetryable: true }],
    ["a cut in the middle", { dropAfter: 2 }, { kind: "cut", isRetryable: true }],
    ["an end without finish", { endAfter: 2 }, { kind: "cut", isRetryable: true }],
    ["rubbish", { isGarbled: true }, { kind: "garbled", isRetryable: true }],
    ["a filter", { finish: "content_filter" }, { kind: "refused", isRetryable: false }],
  ])("%s", async (_, behaviour, expected) => {
    const err = await failure({ ...behaviour, error: { message: "bad key sk-secret: my private words", ...behaviour.error } });
    expect(err).toMatchObject(expected);
    expect(`${err.message} ${err.stack} ${JSON.stringify(err)}`).not.toMatch(/sk-secret|private words/);
  });

  test("a date in Retry-After", async () => {
    const err = await failure({ status: 429, retryAfter: new Date(Date.now() + 5000).toUTCString() });
    expect(err.retryAfterMs).toBeGreaterThan(2000);
    expect(err.retryAfterMs).toBeLessThanOrEqual(5000);
  });

  test("nobody listening", async () => {
    await server.stop();
    await expect(streamed()).rejects.toMatchObject({ name: "ModelError", kind: "connection", isRetryable: true });
    server = await startOpenAiServer();
  });
});

test("an abort ends the request at once, with the caller's reason", async () => {
  server.behave(() => ({ chunks: ["one ", "two "], stallAfter: 2 }));
  const controller = new AbortController();
  const reason = new Error("no longer wanted");
  const reading = (async () => {
    for await (const chunk of model.stream(request({ signal: controller.signal }))) {
      if (chunk.type === "text") controller.abort(reason);
    }
  })();
  await expect(reading).rejects.toBe(reason);
  await expect.poll(() => server.requests[0]!.wasAborted).toBe(true);
});

test.each([
  [["<think>", "the visitor is rude", "</think>", "\n\nHello", "!"], "Hello!"],
  [["\n<thi", "nk>hm</th", "ink>\nHello!"], "Hello!"],
  [["<", "b>Hello</b>"], "<b>Hello</b>"],
  [["Hello <think>!</think>"], "Hello <think>!</think>"],
  [["<think>for ever"], ""],
])("what a model thinks aloud in %j is not said", async (chunks, said) => {
  server.behave(() => ({ chunks }));
  expect((await streamed()).text.trim()).toBe(said);
});

test("a model that refuses max_tokens is told the cap under its newer name, and without any where it refuses that too", async () => {
  const refuses = (...params: string[]) =>
    server.behave(({ body }) => {
      const param = params.find((name) => name in body);
      return param === undefined ? {} : { status: 400, error: { message: `Unsupported: '${param}'. Use another.`, param } };
    });
  const caps = () => server.requests.map(({ body }) => body as { max_tokens?: number; max_completion_tokens?: number });
  refuses("max_tokens");
  await streamed({ tokensMax: 10 });
  await streamed({ tokensMax: 11 });
  expect(caps().map((body) => [body.max_tokens, body.max_completion_tokens])).toEqual([
    [10, undefined],
    [undefined, 10],
    [undefined, 11],
  ]);
  refuses("max_tokens", "max_completion_tokens");
  await streamed({ tokensMax: 12 });
  expect(caps().at(-1)).not.toHaveProperty("max_completion_tokens");
});

test.each(["temperature", "max_tokens"])("a model that refuses %s is asked without it, and remembered", async (param) => {
  server.behave(({ body }) => (param in body ? { status: 400, error: { message: `Unsupported: '${param}'`, param } } : {}));
  const more = { temperature: 0, tokensMax: 10 };
  expect((await streamed(more)).text).toBe("Hello from the model.");
  expect((await streamed(more)).text).toBe("Hello from the model.");
  expect(server.requests.map(({ body }) => param in body)).toEqual([true, false, false]);
  expect(server.requests.every(({ body }) => "stream_options" in body)).toBe(true);
});
