import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { BEARER_PREFIX } from "../../protocol/codes.ts";
import type { ServerFrame } from "../../protocol/frames.ts";
import { SYSTEM } from "../db/actor.ts";
import type { Database } from "../db/database.ts";
import type { AppError } from "../errors.ts";
import { signToken } from "../lib/jwt.ts";
import { checkAgent } from "../services/messages/check-agent.ts";
import { insertAgent, insertChat, storedMessages, type Chat } from "../../tests/support/chat.ts";
import { startTestServer, type TestServer } from "../../tests/support/server.ts";
import { openWs, type WsClient, type WsClientOptions } from "../../tests/support/ws-client.ts";

let server: TestServer;
let agent: { id: string; client_id: string };
let ana: Chat;
const clients: WsClient[] = [];

beforeAll(async () => {
  server = await startTestServer({
    limits: { heartbeatMs: 1000, tokenGraceMs: 300, bufferedBytesSoft: 64 * 1024, bufferedBytesMax: 64 * 1024 * 1024 },
  });
  await server.deps.orchestrator.stop();
  agent = await insertAgent(server.deps);
});
afterAll(() => server.stop());
beforeEach(async () => {
  ana = await insertChat(server.deps, agent);
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

async function open(options: WsClientOptions): Promise<WsClient> {
  const client = await openWs(server.url, options);
  clients.push(client);
  return client;
}
async function connect(token: string, options: WsClientOptions = {}): Promise<WsClient> {
  const client = await open({ token, ...options });
  await client.take("connected");
  return client;
}
/** A visitor's token that ends in so many seconds, or has ended. */
async function tokenFor(chat: Chat, seconds: number): Promise<string> {
  const { visitor_id, agent_id, client_id } = chat.actor;
  const claims = { iss: "renus", aud: "renus:visitor", sub: visitor_id, agent_id, client_id };
  return (await signToken(server.deps.config.jwtSecret, claims, seconds)).token;
}
const tick = () => new Promise((resolve) => setImmediate(resolve));
const tell = (frame: ServerFrame) =>
  server.deps.bus.publish({ topic: "frame", client_id: agent.client_id, conversation_id: ana.conversation_id, frame });

describe("the handshake", () => {
  it("with renus.v1 and a bad token opens, tells AUTH_ERROR and closes with 1008", async () => {
    const expired = await tokenFor(ana, -60);
    for (const options of [{}, { token: "nonsense" }, { token: expired }, { token: `${ana.token}x` }]) {
      const client = await open(options);
      expect(await client.take("error")).toMatchObject({ code: "AUTH_ERROR", retryable: false });
      expect((await client.closed).code).toBe(1008);
      expect(client.frames).toHaveLength(1);
      expect(client.ws.protocol).toBe("renus.v1");
    }
  });

  it("without renus.v1 and with a bad token is HTTP 401", async () => {
    const expired = await tokenFor(ana, -60);
    for (const query of ["", "?token=", "?token=nonsense", `?token=${expired}`]) {
      const refusal = await openWs(server.url, { isPlain: true, query }).catch((err: unknown) => err);
      expect(refusal).toMatchObject({ status: 401 });
      expect(JSON.parse((refusal as { body: string }).body)).toMatchObject({ code: "AUTH_ERROR" });
    }
  });

  it("takes the token from the query or the subprotocol, and never echoes it", async () => {
    const both = await open({ protocols: ["renus.v1"], query: `?token=${ana.token}` });
    await both.take("connected");
    expect(both.ws.protocol).toBe("renus.v1");
    const swapped = await open({ protocols: [BEARER_PREFIX + ana.token, "renus.v1"] });
    await swapped.take("connected");
    expect(swapped.ws.protocol).toBe("renus.v1");
    const plain = await open({ isPlain: true, token: ana.token });
    await plain.take("connected");
    expect(plain.ws.protocol).toBe("");
  });

  it("at another address is 404", async () => {
    const refusal = await openWs(server.url, { token: ana.token, path: "/elsewhere" }).catch((err: unknown) => err);
    expect(refusal).toMatchObject({ status: 404 });
  });
});

describe("a token that ends", () => {
  it("closes with 4201 after its grace", async () => {
    const client = await connect(await tokenFor(ana, 1));
    expect(await client.take("error")).toMatchObject({ code: "AUTH_ERROR" });
    expect((await client.closed).code).toBe(4201);
  });

  it("is replaced in band and the socket stays", async () => {
    const [renewed, left] = await Promise.all([connect(await tokenFor(ana, 1)), connect(await tokenFor(ana, 1))]);
    renewed.send({ type: "auth", token: ana.token });
    expect((await left.closed).code).toBe(4201);
    await renewed.settle();
    expect(renewed.all("error")).toEqual([]);
  });
});

describe("an agent that is paused, unpublished or deleted", () => {
  it("tells its visitors and closes with 4004; they cannot come back until it is published again", async () => {
    const published = await server.createPublishedAgent();
    const { token, conversation_id } = await server.createSession(published.slug);
    const [client, other] = [await connect(token), await connect(ana.token)];
    await server.ok("POST", `/agents/${published.id}/unpublish`);
    expect(await client.take("error")).toMatchObject({ code: "AGENT_NOT_FOUND" });
    expect((await client.closed).code).toBe(4004);
    const late = await open({ token });
    expect(await late.take("error")).toMatchObject({ code: "AGENT_NOT_FOUND" });
    expect((await late.closed).code).toBe(4004);
    await other.settle();
    expect(other.all("error")).toEqual([]);

    await server.publish(published.id);
    const back = await connect(token);
    back.send({ type: "message", conversation_id, content: "you are back" });
    expect(await back.take("message_sent")).toMatchObject({ seq: 1 });
    await server.call("DELETE", `/agents/${published.id}`);
    expect((await back.closed).code).toBe(4004);
  });
});

describe("a sign-in that ends", () => {
  it("closes its sockets and no others", async () => {
    const operator = await server.createUser({ role: "client", client_id: agent.client_id });
    const colleague = await server.createUser({ role: "client", client_id: agent.client_id });
    const [desk, other] = [await connect(operator.token), await connect(colleague.token)];
    await server.call("POST", "/auth/v1/logout", { token: operator.token });
    expect(await desk.take("error")).toMatchObject({ code: "AUTH_ERROR" });
    expect((await desk.closed).code).toBe(4201);
    await other.settle();
    const late = await open({ token: operator.token });
    expect((await late.closed).code).toBe(1008);
  });
});

describe("a peer that is gone", () => {
  it("is found out by its silence; one that answers pings stays", async () => {
    const [dead, alive] = [await connect(ana.token, { autoPong: false }), await connect(ana.token)];
    expect((await dead.closed).code).toBe(1006);
    await alive.settle();
  });
});

describe("a visitor with too many sockets", () => {
  it("is told so and closed with 1013; others still connect", async () => {
    const strict = await startTestServer({ limits: { socketsPerVisitorMax: 2 } });
    try {
      const own = await insertAgent(strict.deps);
      const [chat, other] = [await insertChat(strict.deps, own), await insertChat(strict.deps, own)];
      const first = await openWs(strict.url, { token: chat.token });
      await first.take("connected");
      await (await openWs(strict.url, { token: chat.token })).take("connected");
      const third = await openWs(strict.url, { token: chat.token });
      expect(await third.take("error")).toMatchObject({ code: "RATE_LIMITED", retryable: true });
      expect((await third.closed).code).toBe(1013);
      await (await openWs(strict.url, { token: other.token })).take("connected");
      await first.close();
      await expect.poll(() => strict.deps.hub.peerCount).toBe(2);
      await (await openWs(strict.url, { token: chat.token })).take("connected");
    } finally {
      await strict.stop();
    }
  });
});

describe("a peer that sends and leaves", () => {
  it("has sent, in its order", async () => {
    const client = await connect(ana.token);
    for (const content of ["one", "two", "three"]) {
      client.send({ type: "message", conversation_id: ana.conversation_id, content, client_message_id: randomUUID() });
    }
    client.ws.close();
    await client.closed;
    const contents = async () => (await storedMessages(server.deps, ana.conversation_id)).map((row) => row.content);
    await expect.poll(contents).toEqual(["one", "two", "three"]);
  });
});

describe("a peer that reads slowly", () => {
  const id = randomUUID();
  const pad = "x".repeat(20_000);

  it("misses typing and gets deltas joined, yet the whole text in order", async () => {
    const client = await connect(ana.token);
    client.ws.pause();
    const names = { message_id: id, conversation_id: ana.conversation_id, attempt: 1 };
    let text = "";
    for (let index = 0; index < 1000; index++) {
      const piece = `${index}:${pad}`;
      tell({ type: "delta", ...names, from: text.length, text: piece });
      text += piece;
      if (index % 20 === 0) await tick();
    }
    const typing = { conversation_id: ana.conversation_id, is_typing: true, ttl_ms: 6000 };
    for (let index = 0; index < 50; index++) tell({ type: "typing", user_id: randomUUID(), ...typing });
    client.ws.resume();
    let heard = "";
    while (heard.length < text.length) {
      const delta = await client.take("delta");
      expect(delta.from).toBe(heard.length);
      heard += delta.text;
    }
    expect(heard).toBe(text);
    expect(client.all("delta").length).toBeLessThan(1000);
    expect(client.all("typing")).toEqual([]);
    // Once it has caught up, it hears everything again.
    tell({ type: "typing", user_id: randomUUID(), ...typing });
    await client.take("typing");
  });
});

describe("a peer that does not read", () => {
  it("is closed with 1013", async () => {
    const strict = await startTestServer({ limits: { bufferedBytesSoft: 64 * 1024, bufferedBytesMax: 256 * 1024 } });
    try {
      await strict.deps.orchestrator.stop();
      const chat = await insertChat(strict.deps, await insertAgent(strict.deps));
      const client = await openWs(strict.url, { token: chat.token });
      await client.take("connected");
      client.ws.pause();
      const frame: ServerFrame = {
        type: "error",
        code: "INTERNAL_ERROR",
        error: "x".repeat(20_000),
        retryable: true,
      };
      for (let sent = 0; sent < 5000 && strict.deps.hub.peerCount > 0; sent++) {
        const { client_id } = chat.actor;
        strict.deps.bus.publish({ topic: "frame", client_id, conversation_id: chat.conversation_id, frame });
        if (sent % 10 === 0) await tick();
      }
      // The hub may still be asking whose conversation it is.
      await vi.waitFor(() => expect(strict.deps.hub.peerCount).toBe(0), 10_000);
      client.ws.resume();
      expect((await client.closed).code).toBe(1013);
    } finally {
      await strict.stop();
    }
  });
});

describe("a server that stops", () => {
  it("says when to come back and closes with 1012", async () => {
    const stopping = await startTestServer();
    const chat = await insertChat(stopping.deps, await insertAgent(stopping.deps));
    const [client, plain] = [
      await openWs(stopping.url, { token: chat.token }),
      await openWs(stopping.url, { token: chat.token, isPlain: true }),
    ];
    await Promise.all([client.take("connected"), plain.take("connected")]);
    const stopped = stopping.stop();
    expect((await client.take("drain")).reconnect_after_ms).toBeGreaterThan(0);
    expect((await client.closed).code).toBe(1012);
    expect((await plain.closed).code).toBe(1012);
    expect(plain.all("drain")).toEqual([]);
    await stopped;
    await expect(openWs(stopping.url, { token: chat.token })).rejects.toThrow();
  });
});

it("many visitors who come at once share looks at the database, and each is told of their own agent", async () => {
  const paused = await insertAgent(server.deps);
  const chats = await Promise.all(Array.from({ length: 20 }, (_, at) => insertChat(server.deps, at % 2 === 0 ? agent : paused)));
  await server.deps.db.as(SYSTEM, (trx) =>
    trx.updateTable("agents").set({ status: "inactive" }).where("id", "=", paused.id).execute(),
  );
  let looks = 0;
  const db: Database = { ...server.deps.db, as: (actor, run) => (looks++, server.deps.db.as(actor, run)) };
  const outcomes = await Promise.allSettled(chats.map(({ actor }) => checkAgent({ db, actor })));
  expect(outcomes.map((outcome) => (outcome.status === "fulfilled" ? null : (outcome.reason as AppError).code))).toEqual(
    chats.map((_, at) => (at % 2 === 0 ? null : "AGENT_NOT_FOUND")),
  );
  expect(looks).toBe(2);
});
