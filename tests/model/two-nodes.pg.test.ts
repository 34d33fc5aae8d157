import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiConnectionString, openPostgres } from "../../api/db/postgres.ts";
import { insertAgent, insertChat, storedMessages } from "../support/chat.ts";
import { createPostgresDatabase, TEST_JWT_SECRET } from "../support/postgres.ts";
import { startTestServer, type TestServer, type TestUser } from "../support/server.ts";
import { openWs } from "../support/ws-client.ts";

let nodes: [TestServer, TestServer];
let agent: { id: string; client_id: string };
let operator: TestUser;

beforeAll(async () => {
  const url = await createPostgresDatabase();
  const start = () =>
    startTestServer({
      db: openPostgres(apiConnectionString(url, TEST_JWT_SECRET), 5, () => {}),
      environment: { DATABASE_URL: url, JWT_SECRET: TEST_JWT_SECRET },
    });
  nodes = [await start(), await start()];
  agent = await insertAgent(nodes[0].deps);
  operator = await nodes[0].createUser({ role: "client", client_id: agent.client_id, name: "Olga" });
});
afterAll(async () => {
  for (const node of nodes ?? []) await node.stop();
});

describe("a visitor on one node and an operator on the other", () => {
  it("hear each other, and a take-over silences the assistant everywhere", async () => {
    const [first, second] = nodes;
    const chat = await insertChat(first.deps, agent);
    const tab = await openWs(first.url, { token: chat.token });
    const desk = await openWs(second.url, { token: operator.token });
    await Promise.all([tab.take("connected"), desk.take("connected")]);
    expect(tab.frames).not.toEqual(desk.frames);

    tab.send({
      type: "message",
      conversation_id: chat.conversation_id,
      content: "Please tell me everything about what you can do for me, at length.",
      client_message_id: randomUUID(),
    });
    expect((await desk.take("message")).message).toMatchObject({ role: "visitor", seq: 1 });
    await tab.take("delta");
    desk.send({ type: "message", conversation_id: chat.conversation_id, content: "I am here.", client_message_id: randomUUID() });
    await desk.take("message_sent");
    await tab.take("conversation", (frame) => frame.conversation.owner === "operator");
    const heardAt = tab.frames.length;
    tab.send({ type: "typing", conversation_id: chat.conversation_id, is_typing: true });
    expect(await desk.take("typing", (frame) => frame.user_id === chat.actor.visitor_id)).toMatchObject({ is_typing: true });
    await tab.settle();
    const late = tab.frames.slice(heardAt).filter(({ type }) => type === "delta" || type === "stream_start");
    expect(late).toEqual([]);
    const rows = await storedMessages(first.deps, chat.conversation_id);
    expect(rows.map((row) => row.role)).toEqual(["visitor", "assistant", "system", "operator"]);
    expect(rows[1]).toMatchObject({ status: "cancelled" });
    await Promise.all([tab.close(), desk.close()]);
  });

  it("resume a reply that the other node writes", async () => {
    const [first, second] = nodes;
    const chat = await insertChat(first.deps, agent);
    const tab = await openWs(first.url, { token: chat.token });
    await tab.take("connected");
    const content = "What can you do for me? Tell me all of it.";
    tab.send({ type: "message", conversation_id: chat.conversation_id, content, client_message_id: randomUUID() });
    const { message_id, attempt } = await tab.take("stream_start");
    await tab.take("delta");
    const other = await openWs(second.url, { token: chat.token });
    await other.take("connected");
    other.send({ type: "resume", message_id, attempt, from: 0 });
    const end = await other.take("stream_end", undefined, 15_000);
    const text = other.all("delta").reduce((all, delta) => all.slice(0, delta.from) + delta.text, "");
    const [, reply] = await storedMessages(first.deps, chat.conversation_id);
    expect(end.length).toBe(reply!.content.length);
    expect(reply!.content.startsWith(text)).toBe(true);
    await Promise.all([tab.close(), other.close()]);
  });

  it("hear a reply that only the other node can write: in order, and ended once", async () => {
    const [first, second] = nodes;
    await first.deps.orchestrator.stop();
    const chat = await insertChat(first.deps, agent);
    const tab = await openWs(first.url, { token: chat.token });
    await tab.take("connected");
    const content = "What can you do for me? Tell me all of it.";
    tab.send({ type: "message", conversation_id: chat.conversation_id, content, client_message_id: randomUUID() });
    const started = await tab.take("stream_start", undefined, 15_000);
    expect([first.deps.orchestrator.runningCount, second.deps.orchestrator.runningCount]).toEqual([0, 1]);
    await tab.take("stream_end", undefined, 15_000);
    // What the end might have overtaken, or what is told twice, is here by now.
    await tab.take("conversation");
    await tab.settle();
    const [, reply] = await storedMessages(second.deps, chat.conversation_id);
    const ours = tab.frames.filter(
      (frame) =>
        ("message_id" in frame && frame.message_id === reply!.id) || (frame.type === "message" && frame.message.id === reply!.id),
    );
    const kinds = ours.map(({ type }) => type).filter((type, index, all) => type !== "delta" || all[index - 1] !== "delta");
    expect(kinds).toEqual(["stream_start", "delta", "message", "stream_end"]);
    expect(started).toMatchObject({ attempt: 1, message: { id: reply!.id, status: "streaming", content: "" } });
    let text = "";
    for (const delta of tab.all("delta")) {
      expect(delta).toMatchObject({ message_id: reply!.id, attempt: 1, from: text.length });
      text += delta.text;
    }
    expect(text).toBe(reply!.content);
    expect(tab.all("stream_end")).toMatchObject([{ length: text.length, status: "complete", rev: reply!.rev }]);
    await tab.close();
  });
});
