import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CLOSE, LIMITS } from "../../protocol/codes.ts";
import { insertAgent, insertChat, storedMessages, type Chat } from "../../tests/support/chat.ts";
import { startTestServer, type TestServer } from "../../tests/support/server.ts";
import { openWs, type WsClient, type WsClientOptions } from "../../tests/support/ws-client.ts";

let server: TestServer;
let agent: { id: string; client_id: string };
let ana: Chat;
let ben: Chat;
const clients: WsClient[] = [];

beforeAll(async () => {
  server = await startTestServer();
  agent = await insertAgent(server.deps);
});
afterAll(() => server.stop());
beforeEach(async () => {
  ana = await insertChat(server.deps, agent);
  ben = await insertChat(server.deps, agent);
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

async function connect(token: string, options: WsClientOptions = {}): Promise<WsClient> {
  const client = await openWs(server.url, { token, ...options });
  clients.push(client);
  await client.take("connected");
  return client;
}

describe("message", () => {
  it("is acknowledged once stored, and other tabs get the row", async () => {
    const [tab, other] = [await connect(ana.token), await connect(ana.token)];
    const client_message_id = randomUUID();
    tab.send({ type: "message", conversation_id: ana.conversation_id, content: "Hello 👋", client_message_id });

    const sent = await tab.take("message_sent");
    expect(sent).toMatchObject({ client_message_id, conversation_id: ana.conversation_id, seq: 1, duplicate: false });
    const { message } = await other.take("message");
    expect(message).toMatchObject({
      id: sent.message_id,
      role: "visitor",
      content: "Hello 👋",
      status: "complete",
      sender: { kind: "visitor", id: ana.actor.visitor_id },
    });
    await tab.settle();
    expect(tab.all("message")).toEqual([]);
    expect((await storedMessages(server.deps, ana.conversation_id)).map((row) => row.content)).toEqual(["Hello 👋"]);
  });
});
