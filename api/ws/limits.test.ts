import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { LIMITS } from "../../protocol/codes.ts";
import { insertAgent, insertChat, storedMessages, type Chat } from "../../tests/support/chat.ts";
import { startTestServer, type TestServer } from "../../tests/support/server.ts";
import { openWs, type WsClient } from "../../tests/support/ws-client.ts";

let server: TestServer;
let agent: { id: string; client_id: string };
let ana: Chat;

// Small, so that nothing is refilled while a slow machine gets there.
const FRAMES = 12;
const MESSAGES = 4;

beforeAll(async () => {
  server = await startTestServer({ limits: { framesPerMinute: FRAMES, messagesPerMinute: MESSAGES, contentCharsMax: 10 } });
  await server.deps.orchestrator.stop();
  agent = await insertAgent(server.deps);
});
afterAll(() => server.stop());
beforeEach(async () => {
  ana = await insertChat(server.deps, agent);
});

const message = (content: string, client_message_id: string = randomUUID()) => ({
  type: "message" as const,
  conversation_id: ana.conversation_id,
  content,
  client_message_id,
});
async function connect(): Promise<WsClient> {
  const client = await openWs(server.url, { token: ana.token });
  await client.take("connected");
  return client;
}

it("the limits are 120 frames and 20 messages a minute unless told otherwise", () => {
  expect(LIMITS).toMatchObject({ framesPerMinute: 120, messagesPerMinute: 20, frameBytesMax: 32_768, contentCharsMax: 4000 });
});

describe("messages of a visitor", () => {
  it("beyond the limit are refused with the time to wait, over all tabs; a retry of a stored one is not", async () => {
    const [tab, other] = [await connect(), await connect()];
    const kept = message("kept");
    tab.send(kept);
    const { message_id } = await tab.take("message_sent");
    for (let index = 2; index < MESSAGES; index++) tab.send(message(`${index}`));
    await tab.settle();
    other.send(kept);
    expect(await other.take("message_sent")).toMatchObject({ message_id, duplicate: true });
    other.send(message("the last"));
    await other.take("message_sent", (sent) => sent.seq === MESSAGES);
    const refused = message("one more");
    other.send(refused);
    const refusal = await other.take("error");
    expect(refusal).toMatchObject({ code: "RATE_LIMITED", retryable: true, ref: refused.client_message_id });
    expect(refusal.retry_after_ms).toBeGreaterThan(0);
    expect(refusal.retry_after_ms).toBeLessThanOrEqual(60_000 / MESSAGES);
    expect(await storedMessages(server.deps, ana.conversation_id)).toHaveLength(MESSAGES);
    await Promise.all([tab.close(), other.close()]);
  });

  it("longer than this server allows are refused", async () => {
    const tab = await connect();
    tab.send(message("eleven char"));
    expect(await tab.take("error")).toMatchObject({ code: "VALIDATION_ERROR" });
    tab.send(message("ten chars!"));
    await tab.take("message_sent");
    await tab.close();
  });
});

describe("frames of a socket", () => {
  it("are refused with the time to wait, by their own id, and who goes on regardless is closed", async () => {
    const tab = await connect();
    for (let index = 0; index < FRAMES; index++) tab.send({ type: "ping", t: index });
    const refused = message("too much");
    tab.send(refused);
    const refusal = await tab.take("error");
    expect(refusal).toMatchObject({ code: "RATE_LIMITED", retryable: true, ref: refused.client_message_id });
    expect(refusal.retry_after_ms).toBeGreaterThan(0);
    expect(tab.all("pong")).toHaveLength(FRAMES);
    for (let index = 0; index < FRAMES * 3; index++) tab.send({ type: "ping" });
    expect((await tab.closed).code).toBe(1008);
    expect(await storedMessages(server.deps, ana.conversation_id)).toEqual([]);
  });

  it("by the fallback are limited per visitor", async () => {
    const post = () => server.call("POST", "/public/frames", { token: ana.token, body: { type: "ping" } });
    for (let index = 0; index < FRAMES; index++) expect((await post()).status).toBe(200);
    const refusal = await post();
    expect(refusal).toMatchObject({ status: 429, body: { code: "RATE_LIMITED" } });
    expect(refusal.body.retry_after_ms).toBeGreaterThan(0);
    expect(Number(refusal.headers.get("retry-after"))).toBeGreaterThan(0);
  });
});
