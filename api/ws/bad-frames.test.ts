import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { insertAgent, insertChat, storedMessages, type Chat } from "../../tests/support/chat.ts";
import { startTestServer, type TestServer } from "../../tests/support/server.ts";
import { openWs, type WsClient } from "../../tests/support/ws-client.ts";

let server: TestServer;
let ana: Chat;
let client: WsClient;

beforeAll(async () => {
  server = await startTestServer();
  await server.deps.orchestrator.stop();
});
afterAll(() => server.stop());
beforeEach(async () => {
  ana = await insertChat(server.deps, await insertAgent(server.deps));
  client = await openWs(server.url, { token: ana.token });
  await client.take("connected");
});
afterEach(async () => {
  // Whatever was done to it, the process lives, nothing was stored, and a good message still passes.
  expect(await storedMessages(server.deps, ana.conversation_id)).toEqual([]);
  const next = await openWs(server.url, { token: ana.token });
  await next.take("connected");
  next.send({ type: "message", conversation_id: ana.conversation_id, content: "good", client_message_id: randomUUID() });
  expect(await next.take("message_sent")).toMatchObject({ seq: 1 });
  await Promise.all([next.close(), client.close()]);
});

const message = (more: Record<string, unknown>) => ({
  type: "message",
  conversation_id: ana.conversation_id,
  content: "x",
  ...more,
});

describe("a frame that is not one", () => {
  const cases: [string, () => string][] = [
    ["nothing", () => ""],
    ["not JSON", () => "hello"],
    ["half JSON", () => '{"type":"ping"'],
    ["null", () => "null"],
    ["a number", () => "42"],
    ["a string", () => '"ping"'],
    ["an array", () => '[{"type":"ping"}]'],
    ["an object without type", () => "{}"],
    ["an unknown type", () => '{"type":"shutdown"}'],
    ["a type that is an object", () => '{"type":{"$ne":null}}'],
    ["a type of the prototype", () => '{"type":"__proto__"}'],
    ["a server's type", () => '{"type":"message_sent"}'],
    ["deep nesting", () => "[".repeat(15_000) + "]".repeat(15_000)],
    ["a message without content", () => JSON.stringify(message({ content: undefined }))],
    ["an empty message", () => JSON.stringify(message({ content: "" }))],
    ["a message of blanks", () => JSON.stringify(message({ content: " \n\t " }))],
    ["a message of a number", () => JSON.stringify(message({ content: 7 }))],
    ["a message of 4,001 characters", () => JSON.stringify(message({ content: "a".repeat(4001) }))],
    ["a message with a null character", () => JSON.stringify(message({ content: "a\u0000b" }))],
    ["a conversation that is no id", () => JSON.stringify(message({ conversation_id: "' or 1=1 --" }))],
    ["a client_message_id that is no UUID", () => JSON.stringify(message({ client_message_id: "1" }))],
    ["typing without is_typing", () => JSON.stringify({ type: "typing", conversation_id: ana.conversation_id })],
    ["typing with words", () => JSON.stringify({ type: "typing", conversation_id: ana.conversation_id, is_typing: "yes" })],
    ["read without message_id", () => JSON.stringify({ type: "read", conversation_id: ana.conversation_id })],
    ["sync with a negative cursor", () => JSON.stringify({ type: "sync", cursors: { [ana.conversation_id]: -1 } })],
    ["sync with a cursor beyond integers", () => JSON.stringify({ type: "sync", cursors: { [ana.conversation_id]: 2 ** 40 } })],
    ["sync with cursors of anything", () => JSON.stringify({ type: "sync", cursors: { all: 1 } })],
    ["sync beyond the limit", () => JSON.stringify({ type: "sync", cursors: {}, limit: 201 })],
    ["ping with words", () => '{"type":"ping","t":"now"}'],
    ["presence of a third kind", () => '{"type":"presence","status":"invisible"}'],
    ["subscribe without conversation", () => '{"type":"subscribe"}'],
    ["auth without token", () => '{"type":"auth"}'],
    ["resume from before the start", () => JSON.stringify({ type: "resume", message_id: randomUUID(), attempt: 1, from: -1 })],
    ["cancel without id", () => '{"type":"cancel"}'],
    ["retry of nothing", () => '{"type":"retry","message_id":null}'],
    ["sync with a ref of 65 characters", () => JSON.stringify({ type: "sync", cursors: {}, ref: "r".repeat(65) })],
    ["sync with a ref that is a number", () => '{"type":"sync","cursors":{},"ref":1}'],
    ["feedback without rating", () => JSON.stringify({ type: "feedback", message_id: randomUUID() })],
    ["feedback of a third kind", () => JSON.stringify({ type: "feedback", message_id: randomUUID(), rating: "great" })],
    ["feedback of nothing", () => '{"type":"feedback","rating":"up"}'],
  ];
  it.each(cases)("%s is VALIDATION_ERROR and the socket stays", async (_name, data) => {
    client.sendRaw(data());
    expect(await client.take("error")).toMatchObject({ code: "VALIDATION_ERROR", retryable: false });
    await client.settle();
  });

  it("names the client_message_id it refuses", async () => {
    const client_message_id = randomUUID();
    client.send(message({ content: "", client_message_id }));
    expect(await client.take("error")).toMatchObject({ code: "VALIDATION_ERROR", ref: client_message_id });
  });

  it("repeated ten times closes with 1008", async () => {
    for (let index = 0; index < 10; index++) client.sendRaw("nonsense");
    expect((await client.closed).code).toBe(1008);
    expect(client.all("error")).toHaveLength(10);
  });
});

describe("fields nobody knows", () => {
  it("are ignored", async () => {
    client.send({ type: "ping", t: 1, __proto__: { t: 2 }, constructor: "x", extra: { deep: [1] } });
    expect((await client.take("pong")).t).toBe(1);
  });
});

describe("bytes", () => {
  it("that are binary close with 1003", async () => {
    client.sendRaw(Buffer.from(JSON.stringify(message({}))), { binary: true });
    expect((await client.closed).code).toBe(1003);
  });

  it("beyond the frame limit close with 1009", async () => {
    client.sendRaw(JSON.stringify(message({ content: "a".repeat(33 * 1024) })));
    expect((await client.closed).code).toBe(1009);
  });

  it("of 1 MiB close with 1009", async () => {
    client.sendRaw("a".repeat(1024 * 1024));
    expect((await client.closed).code).toBe(1009);
  });

  it("that are not UTF-8 close with 1007", async () => {
    client.sendRaw(Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0xff, 0x7d]), { binary: false });
    expect((await client.closed).code).toBe(1007);
  });

  it("in a hundred fragments close the socket", async () => {
    for (let index = 0; index < 100; index++) client.sendRaw(index === 0 ? "[" : "1,", { fin: false });
    client.sendRaw("1]", { fin: true });
    expect([1008, 1009]).toContain((await client.closed).code);
  });

  it("in fragments of a whole small frame are one frame", async () => {
    client.sendRaw('{"type":"pi', { fin: false });
    client.sendRaw('ng","t":5}', { fin: true });
    expect((await client.take("pong")).t).toBe(5);
  });
});
