import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { ServerFrame } from "../../protocol/frames.ts";
import type { Message } from "../../protocol/resources.ts";
import { SYSTEM } from "../db/actor.ts";
import { insertAgent, insertChat, storedMessages, type Chat } from "../../tests/support/chat.ts";
import { startTestServer, type TestServer, type TestUser } from "../../tests/support/server.ts";
import { openWs, type WsClient, type WsClientOptions } from "../../tests/support/ws-client.ts";

let server: TestServer;
let agent: { id: string; client_id: string };
let ana: Chat;
let ben: Chat;
let operator: TestUser;
let stranger: TestUser;
const clients: WsClient[] = [];

beforeAll(async () => {
  server = await startTestServer({ limits: { offlineAfterMs: 400, messagesPerMinute: 10_000, framesPerMinute: 10_000 } });
  // Replies are told by hand here.
  await server.deps.orchestrator.stop();
  agent = await insertAgent(server.deps);
  operator = await server.createUser({ role: "client", client_id: agent.client_id, name: "Olga" });
  const elsewhere = await server.createClient("Elsewhere");
  stranger = await server.createUser({ role: "client", client_id: elsewhere.id, name: "Stan" });
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
const connectAll = (...tokens: string[]) => Promise.all(tokens.map((token) => connect(token)));
/** Nobody of these hears anything of the types while everything in flight arrives. */
async function expectSilence(types: ServerFrame["type"][], ...silent: WsClient[]): Promise<void> {
  await Promise.all(silent.map((client) => client.settle()));
  for (const client of silent) expect(client.frames.filter((frame) => types.includes(frame.type))).toEqual([]);
}
async function post(client: WsClient, chat: Chat, content: string, more: Record<string, unknown> = {}) {
  const client_message_id = randomUUID();
  client.send({ type: "message", conversation_id: chat.conversation_id, content, client_message_id, ...more });
  return client.take("message_sent", (sent) => sent.client_message_id === (more["client_message_id"] ?? client_message_id));
}
async function insertReply(chat: Chat, content: string, status: Message["status"]): Promise<string> {
  return server.deps.db.as(SYSTEM, async (trx) => {
    const { last_seq, last_rev } = await trx
      .updateTable("conversations")
      .set((set) => ({ last_seq: set("last_seq", "+", 1), last_rev: set("last_rev", "+", 1) }))
      .where("id", "=", chat.conversation_id)
      .returning(["last_seq", "last_rev"])
      .executeTakeFirstOrThrow();
    const row = await trx
      .insertInto("messages")
      .values({
        conversation_id: chat.conversation_id,
        client_id: agent.client_id,
        seq: last_seq,
        rev: last_rev,
        role: "assistant",
        content,
        status,
        attempt: 1,
      })
      .returning("id")
      .executeTakeFirstOrThrow();
    return row.id;
  });
}
const tell = (chat: Chat, frame: ServerFrame) =>
  server.deps.bus.publish({ topic: "frame", client_id: agent.client_id, conversation_id: chat.conversation_id, frame });

describe("connected", () => {
  it("tells who one is, the process and the limits", async () => {
    const [client, other] = [await openWs(server.url, { token: ana.token }), await openWs(server.url, { token: ben.token })];
    clients.push(client, other);
    const hello = await client.take("connected");
    expect(hello).toMatchObject({
      user_id: ana.actor.visitor_id,
      protocol: 1,
      heartbeat_ms: 25_000,
      limits: { content_chars_max: 4000, frame_bytes_max: 32_768, sync_limit_max: 200 },
    });
    const second = await other.take("connected");
    expect(second.epoch).toBe(hello.epoch);
    expect(second.session_id).not.toBe(hello.session_id);
    expect(client.ws.protocol).toBe("renus.v1");
  });
});

describe("message", () => {
  it("is acknowledged once stored; other tabs and operators get the row, the sender does not", async () => {
    const [tab, other, desk] = await Promise.all([connect(ana.token), connect(ana.token), connect(operator.token)]);
    const sent = await post(tab, ana, "Hello 👋");
    expect(sent).toMatchObject({ conversation_id: ana.conversation_id, seq: 1, duplicate: false });
    const row: Partial<Message> = {
      id: sent.message_id,
      seq: 1,
      rev: sent.rev,
      role: "visitor",
      content: "Hello 👋",
      status: "complete",
      sender: { kind: "visitor", id: ana.actor.visitor_id, name: null },
    };
    expect((await other.take("message")).message).toMatchObject(row);
    expect((await desk.take("message")).message).toMatchObject(row);
    await expectSilence(["message"], tab);
    expect(await storedMessages(server.deps, ana.conversation_id)).toMatchObject([{ content: "Hello 👋" }]);
  });

  it("asks for one reply that reads them all", async () => {
    const [tab] = await connectAll(ana.token);
    for (const content of ["one", "two", "three"]) await post(tab!, ana, content);
    const jobs = await server.deps.db.as(SYSTEM, (trx) =>
      trx.selectFrom("reply_jobs").select("up_to_seq").where("conversation_id", "=", ana.conversation_id).execute(),
    );
    expect(jobs).toEqual([{ up_to_seq: 3 }]);
  });

  it("with the same id again is the same row, and other content is a conflict", async () => {
    const [tab, other] = await connectAll(ana.token, ana.token);
    const client_message_id = randomUUID();
    const first = await post(tab!, ana, "once", { client_message_id });
    const again = await post(other!, ana, "once", { client_message_id });
    expect(again).toEqual({ ...first, duplicate: true });

    tab!.send({ type: "message", conversation_id: ana.conversation_id, content: "twice", client_message_id });
    expect(await tab!.take("error")).toMatchObject({ code: "IDEMPOTENCY_CONFLICT", retryable: false, ref: client_message_id });
    expect(await storedMessages(server.deps, ana.conversation_id)).toHaveLength(1);
    expect(other!.all("message")).toHaveLength(1);
  });

  it("keeps the order in which one socket sent", async () => {
    const [tab] = await connectAll(ana.token);
    const contents = Array.from({ length: 15 }, (_, index) => `message ${index}`);
    for (const content of contents) {
      tab!.send({ type: "message", conversation_id: ana.conversation_id, content, client_message_id: randomUUID() });
    }
    await tab!.settle();
    expect(tab!.all("message_sent").map((sent) => sent.seq)).toEqual(contents.map((_, index) => index + 1));
    expect((await storedMessages(server.deps, ana.conversation_id)).map((row) => row.content)).toEqual(contents);
  });

  it("of another visitor's conversation answers like one that does not exist, and changes nothing", async () => {
    const [tab] = await connectAll(ana.token);
    const refusals: unknown[] = [];
    for (const conversation_id of [ben.conversation_id, randomUUID()]) {
      tab!.send({ type: "message", conversation_id, content: "hi", client_message_id: randomUUID() });
      const { ref: _, ...refusal } = await tab!.take("error");
      refusals.push(refusal);
    }
    expect(refusals[0]).toEqual(refusals[1]);
    expect(refusals[0]).toMatchObject({ code: "CONVERSATION_NOT_FOUND", retryable: false });
    expect(await storedMessages(server.deps, ben.conversation_id)).toEqual([]);
  });

  it("is refused in a closed conversation", async () => {
    await server.ok("POST", `/conversations/${ana.conversation_id}/close`, { token: operator.token });
    const [tab] = await connectAll(ana.token);
    tab!.send({ type: "message", conversation_id: ana.conversation_id, content: "late" });
    expect(await tab!.take("error")).toMatchObject({ code: "CONVERSATION_CLOSED" });
  });

  it("of an operator takes the conversation over and names the operator", async () => {
    const [tab, desk] = await connectAll(ana.token, operator.token);
    const sent = await post(desk!, ana, "Can I help?");
    expect(sent.seq).toBe(2);
    const joined = await tab!.take("message");
    expect(joined.message).toMatchObject({ role: "system", content: "Olga joined the conversation", seq: 1 });
    const said = await tab!.take("message");
    expect(said.message).toMatchObject({ role: "operator", sender: { kind: "operator", id: operator.id, name: "Olga" } });
    expect((await tab!.take("conversation")).conversation).toMatchObject({ owner: "operator", owner_name: "Olga" });
  });
});

describe("typing", () => {
  it("is told to the others in the conversation, not to the one who types nor to other visitors", async () => {
    const [tab, other, desk, benTab] = await connectAll(ana.token, ana.token, operator.token, ben.token);
    tab!.send({ type: "typing", conversation_id: ana.conversation_id, is_typing: true });
    expect(await desk!.take("typing")).toEqual({
      type: "typing",
      user_id: ana.actor.visitor_id,
      conversation_id: ana.conversation_id,
      is_typing: true,
      ttl_ms: 6000,
    });
    await expectSilence(["typing"], tab!, other!, benTab!);
    desk!.send({ type: "typing", conversation_id: ana.conversation_id, is_typing: false });
    expect(await tab!.take("typing")).toMatchObject({ user_id: operator.id, is_typing: false });
  });

  it("in another visitor's conversation is refused", async () => {
    const [tab, desk] = await connectAll(ana.token, operator.token);
    tab!.send({ type: "typing", conversation_id: ben.conversation_id, is_typing: true });
    expect(await tab!.take("error")).toMatchObject({ code: "CONVERSATION_NOT_FOUND" });
    await expectSilence(["typing"], desk!);
  });
});

describe("read", () => {
  it("moves forward only, and is told to the others", async () => {
    const [tab, other, desk] = await connectAll(ana.token, ana.token, operator.token);
    const first = await post(tab!, ana, "one");
    const second = await post(tab!, ana, "two");
    const read = (message_id: string) => desk!.send({ type: "read", conversation_id: ana.conversation_id, message_id });
    read(second.message_id);
    const told = { conversation_id: ana.conversation_id, user_id: operator.id, message_id: second.message_id, seq: 2 };
    expect(await tab!.take("read")).toMatchObject(told);
    expect(await other!.take("read")).toMatchObject(told);
    read(first.message_id);
    await desk!.settle();
    await expectSilence([], tab!);
    expect(tab!.all("read")).toHaveLength(1);
    expect(desk!.all("read")).toEqual([]);
    const marks = await server.deps.db.as(SYSTEM, (trx) =>
      trx.selectFrom("participants").selectAll().where("conversation_id", "=", ana.conversation_id).execute(),
    );
    expect(marks).toMatchObject([{ user_id: operator.id, kind: "operator", last_read_seq: 2 }]);
  });

  it("of foreign conversations and foreign messages is refused", async () => {
    const [tab, benTab] = await connectAll(ana.token, ben.token);
    const { message_id } = await post(benTab!, ben, "mine");
    tab!.send({ type: "read", conversation_id: ben.conversation_id, message_id });
    expect(await tab!.take("error")).toMatchObject({ code: "CONVERSATION_NOT_FOUND" });
    tab!.send({ type: "read", conversation_id: ana.conversation_id, message_id });
    expect(await tab!.take("error")).toMatchObject({ code: "NOT_FOUND" });
    await expectSilence(["read"], benTab!);
  });
});

describe("sync", () => {
  const seqs = (messages: Message[]) => messages.map((message) => message.seq);

  it("by cursors returns everything since, once, page by page", async () => {
    const [tab] = await connectAll(ana.token);
    for (let index = 1; index <= 7; index++) await post(tab!, ana, `message ${index}`);
    let cursor = 2;
    const got: number[] = [];
    for (let hasMore = true; hasMore;) {
      tab!.send({ type: "sync", cursors: { [ana.conversation_id]: cursor }, limit: 2 });
      const page = await tab!.take("sync_data");
      got.push(...seqs(page.messages));
      ({ top_rev: cursor, has_more: hasMore } = page.conversations[0]!);
    }
    expect(got).toEqual([3, 4, 5, 6, 7]);
    expect(cursor).toBe(7);
    tab!.send({ type: "sync", cursors: { [ana.conversation_id]: cursor } });
    expect(await tab!.take("sync_data")).toMatchObject({
      messages: [],
      conversations: [{ id: ana.conversation_id, top_rev: 7, has_more: false, reset: false }],
    });
  });

  it("by cursors of several conversations shares its limit and skips nothing", async () => {
    const chats = [ana.conversation_id];
    for (let index = 0; index < 3; index++) {
      const row = await server.deps.db.as(SYSTEM, (trx) =>
        trx
          .insertInto("conversations")
          .values({ client_id: agent.client_id, agent_id: agent.id, visitor_id: ana.actor.visitor_id })
          .returning("id")
          .executeTakeFirstOrThrow(),
      );
      chats.push(row.id);
    }
    const [tab] = await connectAll(ana.token);
    const expected: string[] = [];
    for (const [index, conversation_id] of chats.entries()) {
      for (let count = 0; count <= index; count++) {
        expected.push((await post(tab!, { ...ana, conversation_id }, `${index}.${count}`)).message_id);
      }
    }
    // Ids in capitals are the same ids.
    let cursors = Object.fromEntries(chats.map((id) => [id.toUpperCase(), 0]));
    const got: string[] = [];
    for (let hasMore = true; hasMore;) {
      tab!.send({ type: "sync", cursors, limit: 3 });
      const page = await tab!.take("sync_data");
      expect(page.messages.length).toBeLessThanOrEqual(3);
      got.push(...page.messages.map((message) => message.id));
      cursors = Object.fromEntries(page.conversations.map((one) => [one.id, one.top_rev]));
      hasMore = page.conversations.some((one) => one.has_more);
    }
    expect(got.toSorted()).toEqual(expected.toSorted());
    expect(Object.values(cursors).toSorted()).toEqual([1, 2, 3, 4]);
  });

  it("with a cursor ahead of the conversation starts again", async () => {
    const [tab] = await connectAll(ana.token);
    await post(tab!, ana, "only");
    tab!.send({ type: "sync", cursors: { [ana.conversation_id]: 99 } });
    expect(await tab!.take("sync_data")).toMatchObject({
      messages: [{ seq: 1, content: "only" }],
      conversations: [{ id: ana.conversation_id, top_rev: 1, has_more: false, reset: true }],
    });
  });

  it("by last_message_id returns what came after, and a reply before it that has changed", async () => {
    const [tab] = await connectAll(ana.token);
    const first = await post(tab!, ana, "one");
    await post(tab!, ana, "two");
    tab!.send({ type: "sync", last_message_id: first.message_id });
    expect(seqs((await tab!.take("sync_data")).messages)).toEqual([2]);
    const reply = await insertReply(ana, "It opens at nine.", "complete");
    const last = await post(tab!, ana, "four");
    tab!.send({ type: "feedback", message_id: reply, rating: "up" });
    await tab!.take("message");
    tab!.send({ type: "sync", last_message_id: last.message_id });
    expect((await tab!.take("sync_data")).messages).toMatchObject([{ seq: 3, feedback: "up" }]);
    tab!.send({ type: "sync", last_message_id: randomUUID() });
    expect(await tab!.take("error")).toMatchObject({ code: "NOT_FOUND" });
  });

  it("by cursors returns what was missed before something newer was heard; from the last message or its seq on nothing is left of it", async () => {
    const [writer, before] = await connectAll(ana.token, ana.token);
    const reply = await insertReply(ana, "It opens at nine.", "complete");
    const known = await post(writer!, ana, "known");
    await before!.take("message");
    await before!.close();
    await post(writer!, ana, "missed");
    writer!.send({ type: "feedback", message_id: reply, rating: "up" });
    await writer!.take("message");
    const after = await connect(ana.token);
    const newest = await post(writer!, ana, "heard");
    await after.take("message");

    after.send({ type: "sync", cursors: { [ana.conversation_id]: known.rev } });
    const { messages } = await after.take("sync_data");
    expect(messages).toMatchObject([{ content: "missed" }, { id: reply, feedback: "up" }, { content: "heard" }]);
    // The same without the protection.
    after.send({ type: "sync", last_message_id: newest.message_id });
    expect((await after.take("sync_data")).messages).toEqual([]);
    expect(messages.filter(({ seq }) => seq > newest.seq)).toEqual([]);
    expect(messages.filter(({ seq }) => seq > known.seq)).not.toContainEqual(expect.objectContaining({ id: reply }));
  });

  it("by before_seq returns a page of history in order", async () => {
    const [tab] = await connectAll(ana.token);
    for (let index = 1; index <= 5; index++) await post(tab!, ana, `message ${index}`);
    tab!.send({ type: "sync", conversation_id: ana.conversation_id, before_seq: 5, limit: 2 });
    const page = await tab!.take("sync_data");
    expect(seqs(page.messages)).toEqual([3, 4]);
    expect(page.history).toEqual({ conversation_id: ana.conversation_id, before_seq: 5, has_more: true });
    tab!.send({ type: "sync", conversation_id: ana.conversation_id, before_seq: 3, limit: 2 });
    expect((await tab!.take("sync_data")).history).toMatchObject({ has_more: false });
  });

  it("gives back the ref it came with, so that tabs on one socket know whose answer it is", async () => {
    const [tab] = await connectAll(ana.token);
    await post(tab!, ana, "one");
    for (const ref of ["tab-1", ""]) {
      tab!.send({ type: "sync", cursors: { [ana.conversation_id]: 0 }, ref });
      expect(await tab!.take("sync_data")).toMatchObject({ ref, messages: [{ content: "one" }] });
      tab!.send({ type: "sync", conversation_id: ana.conversation_id, before_seq: 2, ref });
      expect(await tab!.take("sync_data")).toMatchObject({ ref, history: { before_seq: 2 } });
    }
    tab!.send({ type: "sync", cursors: { [ana.conversation_id]: 0 } });
    expect(await tab!.take("sync_data")).not.toHaveProperty("ref");
  });

  it("without a point gives a visitor everything of its own", async () => {
    const [tab, benTab] = await connectAll(ana.token, ben.token);
    await post(tab!, ana, "mine");
    await post(benTab!, ben, "not yours");
    tab!.send({ type: "sync", last_message_id: null });
    const page = await tab!.take("sync_data");
    expect(page.messages.map((message) => message.content)).toEqual(["mine"]);
    expect(page.conversations.map(({ id }) => id)).toEqual([ana.conversation_id]);
  });

  it("of foreign conversations answers like unknown ones and tells nothing of them", async () => {
    const [tab, benTab, strange] = await connectAll(ana.token, ben.token, stranger.token);
    await post(benTab!, ben, "secret");
    for (const client of [tab!, strange!]) {
      client.send({ type: "sync", cursors: { [ben.conversation_id]: 0 } });
      expect(await client.take("error")).toMatchObject({ code: "CONVERSATION_NOT_FOUND" });
      client.send({ type: "sync", conversation_id: ben.conversation_id, before_seq: 9 });
      expect(await client.take("error")).toMatchObject({ code: "CONVERSATION_NOT_FOUND" });
      await expectSilence(["sync_data"], client);
    }
    // Known ones beside it are answered all the same.
    tab!.send({ type: "sync", cursors: { [ana.conversation_id]: 0, [randomUUID()]: 3 } });
    expect((await tab!.take("sync_data")).conversations).toHaveLength(1);
    expect(await tab!.take("error")).toMatchObject({ code: "CONVERSATION_NOT_FOUND" });
  });
});

describe("ping", () => {
  it("is answered with its own time and the server's", async () => {
    const [tab] = await connectAll(ana.token);
    tab!.send({ type: "ping", t: 42 });
    const pong = await tab!.take("pong");
    expect(pong.t).toBe(42);
    expect(Math.abs(Date.parse(pong.server_time) - Date.now())).toBeLessThan(60_000);
    tab!.send({ type: "ping" });
    expect((await tab!.take("pong")).t).toBeNull();
  });
});

describe("presence", () => {
  it("of a visitor with several tabs is one person's, told to operators of the company alone", async () => {
    const [desk, strange] = await connectAll(operator.token, stranger.token);
    const isAna = (frame: { user_id: string }) => frame.user_id === ana.actor.visitor_id;
    const [tab, other] = await connectAll(ana.token, ana.token);
    expect(await desk!.take("presence", isAna)).toMatchObject({ status: "online" });
    tab!.send({ type: "presence", status: "away" });
    await tab!.settle();
    other!.send({ type: "presence", status: "away" });
    expect(await desk!.take("presence", isAna)).toMatchObject({ status: "away" });
    await tab!.close();
    other!.send({ type: "presence", status: "online" });
    expect(await desk!.take("presence", isAna)).toMatchObject({ status: "online" });
    await other!.close();
    expect(await desk!.take("presence", isAna)).toMatchObject({ status: "offline" });
    expect(desk!.all("presence").filter(isAna)).toHaveLength(4);
    await expectSilence(["presence"], strange!);
  });

  it("of a visitor who comes back in time is not told", async () => {
    const lazy = await insertChat(server.deps, agent);
    const [desk] = await connectAll(operator.token);
    const [tab] = await connectAll(lazy.token);
    await tab!.close();
    await connectAll(lazy.token);
    await desk!.settle();
    const told = desk!.all("presence").filter((frame) => frame.user_id === lazy.actor.visitor_id);
    expect(told.map((frame) => frame.status)).toEqual(["online"]);
  });
});

describe("auth", () => {
  it("takes a fresh token of the same subject and refuses another's", async () => {
    const [tab] = await connectAll(ana.token);
    tab!.send({ type: "auth", token: ana.token });
    tab!.send({ type: "auth", token: ben.token });
    expect(await tab!.take("error")).toMatchObject({ code: "AUTH_ERROR", error: "This token belongs to somebody else." });
    tab!.send({ type: "auth", token: "nonsense" });
    expect(await tab!.take("error")).toMatchObject({ code: "AUTH_ERROR" });
    expect((await post(tab!, ana, "still me")).seq).toBe(1);
  });
});

describe("replies", () => {
  const start = (chat: Chat, message_id: string, attempt = 1): ServerFrame => ({
    type: "stream_start",
    message_id,
    conversation_id: chat.conversation_id,
    attempt,
    message: replyRow(chat, message_id, "", "streaming", attempt),
  });
  const delta = (chat: Chat, message_id: string, from: number, text: string, attempt = 1): ServerFrame => ({
    type: "delta",
    message_id,
    conversation_id: chat.conversation_id,
    attempt,
    from,
    text,
  });
  const end = (chat: Chat, message_id: string, length: number, attempt = 1): ServerFrame => ({
    type: "stream_end",
    message_id,
    conversation_id: chat.conversation_id,
    attempt,
    length,
    status: "complete",
    rev: 9,
  });
  function replyRow(chat: Chat, id: string, content: string, status: Message["status"], attempt = 1): Message {
    const now = new Date().toISOString();
    return {
      id,
      conversation_id: chat.conversation_id,
      seq: 2,
      rev: 2,
      role: "assistant",
      content,
      status,
      sender: { kind: "assistant", id: agent.id, name: "Aria" },
      attempt,
      client_message_id: null,
      reply_to: null,
      error_code: null,
      feedback: null,
      created_at: now,
      updated_at: now,
    };
  }
  it("stream to the visitor's tabs; operators get the deltas of what they subscribed to", async () => {
    const [tab, benTab, desk, reader] = await connectAll(ana.token, ben.token, operator.token, operator.token);
    reader!.send({ type: "subscribe", conversation_id: ana.conversation_id });
    // The answer says whether the visitor is there.
    const there = await reader!.take("presence", (frame) => frame.conversation_id === ana.conversation_id);
    expect(there).toMatchObject({ user_id: ana.actor.visitor_id, status: "online" });
    const id = randomUUID();
    tell(ana, start(ana, id));
    tell(ana, delta(ana, id, 0, "Hel"));
    tell(ana, delta(ana, id, 3, "lo"));
    tell(ana, { type: "message", message: replyRow(ana, id, "Hello", "complete") });
    tell(ana, end(ana, id, 5));
    await Promise.all([tab!.take("stream_end"), desk!.take("stream_end"), reader!.take("stream_end")]);
    const heard = (client: WsClient) =>
      client.frames.map((frame) => frame.type).filter((type) => type !== "presence" && type !== "connected");
    expect(heard(tab!)).toEqual(["stream_start", "delta", "delta", "message", "stream_end"]);
    expect(heard(reader!)).toEqual(["stream_start", "delta", "delta", "message", "stream_end"]);
    expect(heard(desk!)).toEqual(["stream_start", "message", "stream_end"]);
    reader!.send({ type: "unsubscribe", conversation_id: ana.conversation_id });
    await reader!.settle();
    const next = randomUUID();
    tell(ana, start(ana, next));
    tell(ana, delta(ana, next, 0, "more"));
    await tab!.take("delta", (frame) => frame.message_id === next);
    await expectSilence([], reader!);
    expect(reader!.all("delta").filter((frame) => frame.message_id === next)).toEqual([]);
    await expectSilence(["stream_start", "delta", "message", "stream_end"], benTab!);
  });

  it("that have ended say nothing more, whatever was in flight", async () => {
    const [tab] = await connectAll(ana.token);
    const id = randomUUID();
    tell(ana, start(ana, id));
    tell(ana, delta(ana, id, 0, "some"));
    tell(ana, { type: "message", message: replyRow(ana, id, "some", "cancelled") });
    tell(ana, delta(ana, id, 4, " more"));
    tell(ana, end(ana, id, 4));
    tell(ana, delta(ana, id, 4, " more"));
    tell(ana, start(ana, id, 2));
    tell(ana, delta(ana, id, 0, "again", 2));
    await tab!.take("stream_end");
    await expectSilence([], tab!);
    expect(tab!.all("delta").map((frame) => frame.text)).toEqual(["some"]);
    expect(tab!.all("stream_start")).toHaveLength(1);
  });

  it("of an older attempt say nothing after a reset", async () => {
    const [tab] = await connectAll(ana.token);
    const id = randomUUID();
    tell(ana, start(ana, id, 1));
    tell(ana, { type: "stream_reset", message_id: id, conversation_id: ana.conversation_id, attempt: 2 });
    tell(ana, delta(ana, id, 0, "old", 1));
    tell(ana, delta(ana, id, 0, "new", 2));
    await tab!.take("delta");
    await expectSilence([], tab!);
    expect(tab!.all("delta").map((frame) => frame.text)).toEqual(["new"]);
  });

  it("resume from where one was, with a reset when the attempt differs", async () => {
    const id = randomUUID();
    const [first] = await connectAll(ana.token);
    tell(ana, start(ana, id, 2));
    tell(ana, delta(ana, id, 0, "Hello wor", 2));
    await first!.take("delta");
    const [tab, benTab] = await connectAll(ana.token, ben.token);
    tab!.send({ type: "resume", message_id: id, attempt: 2, from: 6 });
    expect(await tab!.take("delta")).toMatchObject({ from: 6, text: "wor", attempt: 2 });
    tell(ana, delta(ana, id, 9, "ld", 2));
    expect(await tab!.take("delta")).toMatchObject({ from: 9, text: "ld" });
    tab!.send({ type: "resume", message_id: id, attempt: 1, from: 3 });
    expect(await tab!.take("stream_reset")).toMatchObject({ attempt: 2 });
    expect(await tab!.take("delta")).toMatchObject({ from: 0, text: "Hello world" });
    benTab!.send({ type: "resume", message_id: id, attempt: 2, from: 0 });
    expect(await benTab!.take("error")).toMatchObject({ code: "NOT_FOUND" });
    await expectSilence(["delta", "stream_reset"], benTab!);
  });

  it("resume after the end gives the saved message and the end", async () => {
    const id = await insertReply(ana, "All of it", "complete");
    const [tab, benTab] = await connectAll(ana.token, ben.token);
    tab!.send({ type: "resume", message_id: id, attempt: 1, from: 3 });
    expect((await tab!.take("message")).message).toMatchObject({ id, content: "All of it", status: "complete" });
    expect(await tab!.take("stream_end")).toMatchObject({ message_id: id, length: 9, status: "complete" });
    benTab!.send({ type: "resume", message_id: id, attempt: 1, from: 0 });
    expect(await benTab!.take("error")).toMatchObject({ code: "NOT_FOUND" });
  });

  it("resume of one that this node has not heard gives what is saved", async () => {
    const id = await insertReply(ana, "so far", "streaming");
    const [tab] = await connectAll(ana.token);
    tab!.send({ type: "resume", message_id: id, attempt: 1, from: 2 });
    expect(await tab!.take("delta")).toMatchObject({ from: 2, text: " far", attempt: 1 });
  });

  it("that nobody writes are ended by cancel; another visitor's are not", async () => {
    const [tab, benTab] = await connectAll(ana.token, ben.token);
    await post(tab!, ana, "question");
    const id = await insertReply(ana, "so f", "streaming");
    await server.deps.db.as(SYSTEM, (trx) =>
      trx
        .updateTable("reply_jobs")
        .set({ status: "running", message_id: id })
        .where("conversation_id", "=", ana.conversation_id)
        .execute(),
    );
    benTab!.send({ type: "cancel", message_id: id });
    expect(await benTab!.take("error")).toMatchObject({ code: "NOT_FOUND" });
    tab!.send({ type: "cancel", message_id: id });
    expect((await tab!.take("message")).message).toMatchObject({ id, status: "cancelled", content: "so f" });
    expect(await tab!.take("stream_end")).toMatchObject({ status: "cancelled", length: 4 });
  });

  it("that a worker holds are asked to stop", async () => {
    const [tab] = await connectAll(ana.token);
    await post(tab!, ana, "question");
    const id = await insertReply(ana, "so f", "streaming");
    const readJob = () =>
      server.deps.db.as(SYSTEM, (trx) =>
        trx.selectFrom("reply_jobs").selectAll().where("conversation_id", "=", ana.conversation_id).executeTakeFirstOrThrow(),
      );
    await server.deps.db.as(SYSTEM, (trx) =>
      trx
        .updateTable("reply_jobs")
        .set({ status: "running", message_id: id, worker_id: "w", lease_until: new Date(Date.now() + 60_000).toISOString() })
        .where("conversation_id", "=", ana.conversation_id)
        .execute(),
    );
    tab!.send({ type: "cancel", message_id: id });
    await tab!.settle();
    expect(await readJob()).toMatchObject({ status: "running", cancel_requested: true });
  });

  it("that failed can be asked for again, once at a time", async () => {
    const [tab, benTab] = await connectAll(ana.token, ben.token);
    const failed = await insertReply(ana, "", "failed");
    const done = await insertReply(ana, "fine", "complete");
    benTab!.send({ type: "retry", message_id: failed });
    expect(await benTab!.take("error")).toMatchObject({ code: "NOT_FOUND" });
    tab!.send({ type: "retry", message_id: done });
    expect(await tab!.take("error")).toMatchObject({ code: "VALIDATION_ERROR" });
    tab!.send({ type: "retry", message_id: failed });
    tab!.send({ type: "retry", message_id: failed });
    await tab!.settle();
    expect(tab!.all("error")).toHaveLength(1);
    const jobs = await server.deps.db.as(SYSTEM, (trx) =>
      trx.selectFrom("reply_jobs").select("status").where("conversation_id", "=", ana.conversation_id).execute(),
    );
    expect(jobs).toEqual([{ status: "queued" }]);
  });

  it("reach a plain client when they are finished, and nothing of the streaming does", async () => {
    const plain = await connect(ana.token, { isPlain: true });
    expect(plain.ws.protocol).toBe("");
    const id = randomUUID();
    tell(ana, start(ana, id));
    tell(ana, delta(ana, id, 0, "Hello"));
    tell(ana, { type: "message", message: replyRow(ana, id, "Hello", "complete") });
    tell(ana, end(ana, id, 5));
    await vi.waitFor(() => expect(plain.frames).toHaveLength(2));
    plain.send({ type: "message", conversation_id: ana.conversation_id, content: "no id" });
    expect(await plain.take("message_sent")).toMatchObject({ client_message_id: null, seq: 1, duplicate: false });
    expect(plain.frames.map((frame) => frame.type)).toEqual(["connected", "message", "message_sent"]);
    const streaming = await insertReply(ana, "so f", "streaming");
    plain.send({ type: "sync", cursors: { [ana.conversation_id]: 0 } });
    const ids = (await plain.take("sync_data")).messages.map((message) => message.id);
    expect(ids).not.toContain(streaming);
  });
});

describe("feedback", () => {
  const rate = (client: WsClient, message_id: string, rating: Message["feedback"]) =>
    client.send({ type: "feedback", message_id, rating });

  it("is stored as a change of the reply, and told to all tabs and operators", async () => {
    const [tab, other, desk, benTab] = await connectAll(ana.token, ana.token, operator.token, ben.token);
    const id = await insertReply(ana, "It opens at nine.", "complete");
    await post(tab!, ana, "Thank you");
    rate(tab!, id, "up");
    // Operators hear the company's other visitors too.
    for (const client of [tab!, other!, desk!]) {
      const { message } = await client.take("message", (frame) => frame.message.id === id);
      expect(message).toMatchObject({ content: "It opens at nine.", status: "complete", seq: 1, rev: 3, feedback: "up" });
    }
    await expectSilence(["message"], benTab!);
    expect(await storedMessages(server.deps, ana.conversation_id)).toMatchObject([
      { id, feedback: "up", rev: 3 },
      { feedback: null },
    ]);
    rate(other!, id, null);
    expect((await tab!.take("message")).message).toMatchObject({ id, feedback: null, rev: 4 });
  });

  it("comes with the next sync of who was away", async () => {
    const [tab] = await connectAll(ana.token);
    const id = await insertReply(ana, "So be it.", "cancelled");
    rate(tab!, id, "down");
    await tab!.take("message");
    tab!.send({ type: "sync", cursors: { [ana.conversation_id]: 1 } });
    expect(await tab!.take("sync_data")).toMatchObject({
      messages: [{ id, feedback: "down", rev: 2 }],
      conversations: [{ top_rev: 2, has_more: false }],
    });
  });

  it("that says the same again changes nothing and is not told", async () => {
    const [tab, other] = await connectAll(ana.token, ana.token);
    const id = await insertReply(ana, "Yes.", "complete");
    for (const rating of ["up", "up", "down", "down", null, null] as const) rate(tab!, id, rating);
    await tab!.settle();
    await other!.settle();
    expect(other!.all("message").map((frame) => [frame.message.feedback, frame.message.rev])).toEqual([
      ["up", 2],
      ["down", 3],
      [null, 4],
    ]);
    expect(tab!.all("error")).toEqual([]);
  });

  it("of tabs that disagree at the same moment ends with one rating, and each change has its rev", async () => {
    const tabs = await connectAll(...Array<string>(6).fill(ana.token));
    const id = await insertReply(ana, "Yes.", "complete");
    await Promise.all(tabs.map((tab, index) => (rate(tab, id, index % 2 ? "up" : "down"), tab.settle())));
    const [row] = await storedMessages(server.deps, ana.conversation_id);
    await expect.poll(() => tabs[0]!.all("message").at(-1)?.message.rev).toBe(row!.rev);
    const told = tabs[0]!.all("message").map((frame) => frame.message.rev);
    expect(told).toEqual(told.map((_, index) => index + 2));
    expect(tabs[0]!.all("message").at(-1)!.message).toMatchObject({ rev: row!.rev, feedback: row!.feedback });
  });

  it("is the visitor's alone, about replies that have ended, and about nothing else: all of that does not exist", async () => {
    const [tab, benTab, desk] = await connectAll(ana.token, ben.token, operator.token);
    const own = await post(tab!, ana, "mine");
    const reply = await insertReply(ana, "Yes.", "complete");
    const note = await post(desk!, ben, "Olga here");
    const refused: [WsClient, string][] = [
      [tab!, own.message_id],
      [tab!, await insertReply(ana, "", "failed")],
      [tab!, await insertReply(ana, "so f", "streaming")],
      [tab!, randomUUID()],
      [benTab!, reply],
      [benTab!, note.message_id],
      [desk!, reply],
    ];
    const before = await storedMessages(server.deps, ana.conversation_id);
    const answers: unknown[] = [];
    for (const [client, id] of refused) {
      rate(client, id, "up");
      answers.push(await client.take("error"));
    }
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ code: "NOT_FOUND", retryable: false });
    expect(await storedMessages(server.deps, ana.conversation_id)).toEqual(before);
    const { last_rev } = await server.ok("GET", `/conversations/${ana.conversation_id}`);
    expect(last_rev).toBe(before.at(-1)!.rev);
  });

  it("is possible in a closed conversation, and operators read it over HTTP", async () => {
    const [tab] = await connectAll(ana.token);
    const id = await insertReply(ana, "Goodbye.", "complete");
    await server.ok("POST", `/conversations/${ana.conversation_id}/close`, { token: operator.token });
    rate(tab!, id, "up");
    await tab!.take("message", (frame) => frame.message.feedback === "up");
    const { data } = await server.ok("GET", `/conversations/${ana.conversation_id}/messages`, { token: operator.token });
    expect(data[0]).toMatchObject({ id, feedback: "up" });
  });
});

describe("operators", () => {
  it("hear all of their company and nothing of others; administrators hear everything", async () => {
    const admin = await connect(await server.adminToken());
    const [tab, desk, strange] = await connectAll(ana.token, operator.token, stranger.token);
    await post(tab!, ana, "hello");
    expect((await desk!.take("message")).message.content).toBe("hello");
    expect((await admin.take("message")).message.content).toBe("hello");
    await expectSilence(["message"], strange!);
    for (const type of ["subscribe", "message", "typing"] as const) {
      strange!.send({ type, conversation_id: ana.conversation_id, content: "x", is_typing: true });
      expect(await strange!.take("error")).toMatchObject({ code: "CONVERSATION_NOT_FOUND" });
    }
  });

  it("without a company hear nobody", async () => {
    const nobody = await server.createUser({ role: "client", client_id: null, name: "Nora" });
    const [tab, lost] = await connectAll(ana.token, nobody.token);
    await post(tab!, ana, "hello");
    await expectSilence(["message", "presence"], lost!);
  });
});

describe("a conversation that is new to the node", () => {
  it("reaches its visitor's tabs in order", async () => {
    const [tab] = await connectAll(ana.token);
    const session = await server.deps.db.as(SYSTEM, (trx) =>
      trx
        .insertInto("conversations")
        .values({ client_id: agent.client_id, agent_id: agent.id, visitor_id: ana.actor.visitor_id })
        .returning("id")
        .executeTakeFirstOrThrow(),
    );
    const [desk] = await connectAll(operator.token);
    for (const content of ["one", "two", "three"]) {
      desk!.send({ type: "message", conversation_id: session.id, content });
    }
    await tab!.take("message", ({ message }) => message.content === "three");
    expect(tab!.all("message").map(({ message }) => message.seq)).toEqual([1, 2, 3, 4]);
  });
});
