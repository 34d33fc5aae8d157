import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { insertAgent, insertChat, storedMessages, type Chat } from "../../tests/support/chat.ts";
import { openDefaultDatabase } from "../../tests/support/default-database.ts";
import { startTestServer, type TestServer, type TestUser } from "../../tests/support/server.ts";
import { openWs } from "../../tests/support/ws-client.ts";

const WORDS = "the exception's own words";
let isBroken = false;
let server: TestServer;
let chat: Chat;
let operator: TestUser;

beforeAll(async () => {
  const db = await openDefaultDatabase();
  server = await startTestServer({
    db: {
      ...db,
      call: (statement) => (isBroken ? Promise.reject(new Error(WORDS)) : db.call(statement)),
      as: (actor, fn) => (isBroken ? Promise.reject(new Error(WORDS)) : db.as(actor, fn)),
    },
  });
  const agent = await insertAgent(server.deps);
  chat = await insertChat(server.deps, agent);
  operator = await server.createUser({ role: "client", client_id: agent.client_id });
});
afterAll(() => server.stop());

test("a database that fails under a frame is INTERNAL_ERROR, and socket and process go on", async () => {
  const { conversation_id } = chat;
  const client_message_id = randomUUID();
  const message = { type: "message", conversation_id, content: "Hello?", client_message_id };
  const id = randomUUID();
  const frames = [
    message,
    { type: "typing", conversation_id, is_typing: true },
    { type: "read", conversation_id, message_id: id },
    { type: "sync", cursors: { [conversation_id]: 0 } },
    { type: "resume", message_id: id, attempt: 1, from: 0 },
    { type: "cancel", message_id: id },
    { type: "retry", message_id: id },
    { type: "subscribe", conversation_id },
  ];
  const [tab, desk] = [await openWs(server.url, { token: chat.token }), await openWs(server.url, { token: operator.token })];
  await Promise.all([tab.take("connected"), desk.take("connected")]);
  isBroken = true;
  try {
    for (const peer of [tab, desk]) {
      for (const frame of frames) peer.send(frame);
      await peer.settle();
      const errors = peer.all("error");
      expect(errors).toHaveLength(frames.length);
      for (const error of errors) expect(error).toMatchObject({ code: "INTERNAL_ERROR", retryable: true });
      expect(errors[0]).toMatchObject({ ref: client_message_id });
      expect(JSON.stringify(errors)).not.toContain(WORDS);
    }
    // A newcomer is told as well, and sent away without losing the process.
    const newcomer = await openWs(server.url, { token: chat.token });
    expect(await newcomer.take("error")).toMatchObject({ code: "INTERNAL_ERROR" });
    expect((await newcomer.closed).code).toBe(1011);
    const answers = [
      await server.call("POST", "/public/frames", { token: chat.token, body: message }),
      await server.call("GET", "/public/events", { token: chat.token }),
      await server.request("GET", "/public/agents/any"),
    ];
    expect(answers[0]!.body.frames).toMatchObject([{ type: "error", code: "INTERNAL_ERROR", ref: client_message_id }]);
    for (const { status, body } of answers.slice(1))
      expect({ status, code: body.code }).toEqual({ status: 500, code: "INTERNAL_ERROR" });
    expect(JSON.stringify(answers)).not.toContain(WORDS);
  } finally {
    isBroken = false;
  }
  tab.send(message);
  expect(await tab.take("message_sent")).toMatchObject({ client_message_id, duplicate: false });
  expect((await storedMessages(server.deps, conversation_id))[0]).toMatchObject({ content: "Hello?", seq: 1 });
  await Promise.all([tab.close(), desk.close()]);
});
