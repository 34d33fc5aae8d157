import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ServerFrame } from "../../protocol/frames.ts";
import { SYSTEM } from "../db/actor.ts";
import { insertAgent, insertChat, storedMessages, type Chat } from "../../tests/support/chat.ts";
import { startTestServer, type TestServer } from "../../tests/support/server.ts";
import { openWs } from "../../tests/support/ws-client.ts";

let server: TestServer;
let agent: { id: string; client_id: string };
let ana: Chat;
const open: EventsClient[] = [];

beforeAll(async () => {
  server = await startTestServer({ limits: { heartbeatMs: 700 } });
  await server.deps.orchestrator.stop();
  agent = await insertAgent(server.deps);
});
afterAll(() => server.stop());
beforeEach(async () => {
  ana = await insertChat(server.deps, agent);
});
afterEach(() => {
  for (const events of open.splice(0)) events.abort();
});

class EventsClient {
  readonly frames: ServerFrame[] = [];
  readonly #controller = new AbortController();
  #reader!: ReadableStreamDefaultReader<string>;
  #buffer = "";
  response!: Response;
  /** Data of the last event and whether the stream is over. */
  closeCode: number | null = null;

  async open(path: string, headers: Record<string, string> = {}): Promise<this> {
    this.response = await fetch(server.url + path, { headers, signal: this.#controller.signal });
    if (this.response.ok) this.#reader = this.response.body!.pipeThrough(new TextDecoderStream()).getReader();
    open.push(this);
    return this;
  }
  abort(): void {
    this.#controller.abort();
  }
  /** One block: an event or a comment. null: the stream has ended. */
  async block(): Promise<string | null> {
    while (!this.#buffer.includes("\n\n")) {
      const { value, done } = await this.#reader.read();
      if (done) return null;
      this.#buffer += value;
    }
    const end = this.#buffer.indexOf("\n\n");
    const block = this.#buffer.slice(0, end);
    this.#buffer = this.#buffer.slice(end + 2);
    return block;
  }
  /** Reads on until a frame of that type comes. */
  async take<T extends ServerFrame["type"]>(type: T): Promise<Extract<ServerFrame, { type: T }>> {
    for (let block = await this.block(); block !== null; block = await this.block()) {
      if (block.startsWith("event: close")) this.closeCode = JSON.parse(block.split("data: ")[1]!).code;
      if (!block.startsWith("data: ")) continue;
      const frame = JSON.parse(block.slice(6)) as ServerFrame;
      this.frames.push(frame);
      if (frame.type === type) return frame as never;
    }
    throw new Error(`the stream ended before a "${type}"`);
  }
}

const listen = (chat: Chat) => new EventsClient().open("/public/events", { Authorization: `Bearer ${chat.token}` });
const post = (chat: Chat, frame: Record<string, unknown>, query = "") =>
  server.call("POST", `/public/frames${query}`, { token: chat.token, body: frame });

describe("GET /public/events", () => {
  it("is a stream of server-sent events that anybody's page may read, `connected` first", async () => {
    const events = await listen(ana);
    expect(events.response.status).toBe(200);
    expect(events.response.headers.get("content-type")).toMatch(/^text\/event-stream/);
    expect(events.response.headers.get("cache-control")).toContain("no-store");
    expect(events.response.headers.get("access-control-allow-origin")).toBe("*");
    expect(await events.take("connected")).toMatchObject({ user_id: ana.actor.visitor_id });
    expect(events.frames).toHaveLength(1);
  });

  it("takes the token from the query, for EventSource", async () => {
    const events = await new EventsClient().open(`/public/events?token=${ana.token}`);
    await events.take("connected");
  });

  it("is 401 without a good token", async () => {
    for (const path of ["/public/events", "/public/events?token=nonsense"]) {
      const events = await new EventsClient().open(path);
      expect(events.response.status).toBe(401);
      expect(await events.response.json()).toMatchObject({ code: "AUTH_ERROR" });
    }
  });

  it("carries what others say, the same as a socket hears", async () => {
    const events = await listen(ana);
    await events.take("connected");
    const socket = await openWs(server.url, { token: ana.token });
    await socket.take("connected");
    socket.send({ type: "message", conversation_id: ana.conversation_id, content: "from the socket" });
    expect((await events.take("message")).message.content).toBe("from the socket");
    const answer = await post(ana, { type: "message", conversation_id: ana.conversation_id, content: "from the stream" });
    expect(answer.body.frames).toMatchObject([{ type: "message_sent", seq: 2 }]);
    expect((await socket.take("message")).message.content).toBe("from the stream");
    await socket.close();
  });

  it("says something now and then, so that proxies keep it", async () => {
    const events = await listen(ana);
    await events.take("connected");
    expect(await events.block()).toBe(": ping");
  });

  it("counts as presence, and no more when it is cut", async () => {
    const events = await listen(ana);
    await events.take("connected");
    expect(server.deps.hub.peerCount).toBe(1);
    events.abort();
    await expect.poll(() => server.deps.hub.peerCount).toBe(0);
  });

  it("of a paused agent is 404, and one that is paused meanwhile ends with 4004", async () => {
    const published = await server.createPublishedAgent();
    const { token } = await server.createSession(published.slug);
    const events = await new EventsClient().open("/public/events", { Authorization: `Bearer ${token}` });
    await events.take("connected");
    await server.ok("POST", `/agents/${published.id}/unpublish`);
    expect(await events.take("error")).toMatchObject({ code: "AGENT_NOT_FOUND" });
    await expect(events.take("pong")).rejects.toThrow();
    expect(events.closeCode).toBe(4004);
    const late = await new EventsClient().open("/public/events", { Authorization: `Bearer ${token}` });
    expect(late.response.status).toBe(404);
  });
});

describe("POST /public/frames", () => {
  it("carries what a visitor thinks of a reply, and the stream hears the changed reply", async () => {
    const events = await listen(ana);
    const { session_id } = await events.take("connected");
    const [reply] = await server.deps.db.as(SYSTEM, async (trx) => {
      await trx.updateTable("conversations").set({ last_seq: 1, last_rev: 1 }).where("id", "=", ana.conversation_id).execute();
      const row = { conversation_id: ana.conversation_id, client_id: agent.client_id, seq: 1, rev: 1 };
      return trx
        .insertInto("messages")
        .values({ ...row, role: "assistant", content: "Nine." })
        .returning("id")
        .execute();
    });
    const frame = { type: "feedback", message_id: reply!.id, rating: "down" };
    expect((await post(ana, frame, `?session_id=${session_id}`)).body.frames).toEqual([]);
    expect((await events.take("message")).message).toMatchObject({ id: reply!.id, feedback: "down", rev: 2 });
    const ben = await insertChat(server.deps, agent);
    expect((await post(ben, { ...frame, rating: "up" })).body.frames).toMatchObject([{ type: "error", code: "NOT_FOUND" }]);
    const sync = { type: "sync", cursors: { [ana.conversation_id]: 1 }, ref: "mine" };
    expect((await post(ana, sync)).body.frames).toMatchObject([
      { type: "sync_data", ref: "mine", messages: [{ feedback: "down" }] },
    ]);
  });

  it("answers directly; the stream it belongs to is not told its own message again, other tabs are", async () => {
    const [events, other] = [await listen(ana), await listen(ana)];
    const { session_id } = await events.take("connected");
    await other.take("connected");
    const client_message_id = randomUUID();
    const message = { type: "message", conversation_id: ana.conversation_id, content: "hello", client_message_id };
    const answer = await post(ana, message, `?session_id=${session_id}`);
    expect(answer.body).toMatchObject({ frames: [{ type: "message_sent", client_message_id, seq: 1, duplicate: false }] });
    expect((await other.take("message")).message.content).toBe("hello");
    const again = await post(ana, message, `?session_id=${session_id}`);
    expect(again.body.frames).toMatchObject([{ type: "message_sent", seq: 1, duplicate: true }]);
    await post(ana, { ...message, client_message_id: randomUUID(), content: "from elsewhere" });
    await events.take("message");
    expect(events.frames.filter(({ type }) => type === "message")).toMatchObject([{ message: { content: "from elsewhere" } }]);
  });

  it("does what a socket's frame does", async () => {
    const events = await listen(ana);
    const { session_id } = await events.take("connected");
    const query = `?session_id=${session_id}`;
    const frames = async (frame: Record<string, unknown>) => (await post(ana, frame, query)).body.frames;
    expect(await frames({ type: "ping", t: 7 })).toMatchObject([{ type: "pong", t: 7 }]);
    const [sent] = await frames({ type: "message", conversation_id: ana.conversation_id, content: "one" });
    expect(await frames({ type: "typing", conversation_id: ana.conversation_id, is_typing: true })).toEqual([]);
    expect(await frames({ type: "read", conversation_id: ana.conversation_id, message_id: sent.message_id })).toEqual([]);
    expect(await frames({ type: "presence", status: "away" })).toEqual([]);
    expect(server.deps.hub.presenceOf(ana.actor.visitor_id)).toBe("away");
    expect(await frames({ type: "sync", cursors: { [ana.conversation_id]: 0 } })).toMatchObject([
      { type: "sync_data", messages: [{ content: "one" }] },
    ]);
    expect(await frames({ type: "resume", message_id: sent.message_id, attempt: 0, from: 0 })).toMatchObject([
      { type: "message" },
      { type: "stream_end" },
    ]);
    expect(await frames({ type: "auth", token: ana.token })).toEqual([]);
  });

  it("refuses as a socket does: error frames for what is asked, HTTP for how", async () => {
    const ben = await insertChat(server.deps, agent);
    const client_message_id = randomUUID();
    const foreign = { type: "message", conversation_id: ben.conversation_id, content: "x", client_message_id };
    expect((await post(ana, foreign)).body.frames).toMatchObject([
      { type: "error", code: "CONVERSATION_NOT_FOUND", ref: client_message_id },
    ]);
    expect(await storedMessages(server.deps, ben.conversation_id)).toEqual([]);
    for (const body of ["", "{", "[]", "null", {}, { type: "nothing" }, { ...foreign, content: 1 }]) {
      const answer = await server.call("POST", "/public/frames", { token: ana.token, body });
      expect(answer).toMatchObject({ status: 400, body: { code: "VALIDATION_ERROR" } });
    }
    const big = { ...foreign, content: "x".repeat(40_000) };
    expect(await post(ana, big)).toMatchObject({ status: 413, body: { code: "PAYLOAD_TOO_LARGE" } });
    for (const token of [null, "nonsense"]) {
      const answer = await server.call("POST", "/public/frames", { token, body: { type: "ping" } });
      expect(answer).toMatchObject({ status: 401, body: { code: "AUTH_ERROR" } });
    }
  });

  it("does not act as another visitor's stream", async () => {
    const ben = await insertChat(server.deps, agent);
    const events = await listen(ben);
    const { session_id } = await events.take("connected");
    await post(ana, { type: "presence", status: "away" }, `?session_id=${session_id}`);
    expect(server.deps.hub.presenceOf(ben.actor.visitor_id)).toBe("online");
  });
});

describe("a server that stops", () => {
  it("says when to come back and ends its streams", async () => {
    const events = await listen(ana);
    await events.take("connected");
    void server.deps.hub.drain();
    expect((await events.take("drain")).reconnect_after_ms).toBeGreaterThan(0);
    await expect(events.take("pong")).rejects.toThrow("ended");
    expect(events.closeCode).toBe(1012);
  });
});
