import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { applyFrame, emptyConversation } from "../../client/conversation.ts";
import type { Agent, Message, Note, PublicSession } from "../../protocol/resources.ts";
import { openChatTab, type ChatTab } from "../support/chat-tab.ts";
import { storedMessages } from "../support/chat.ts";
import { startNodes } from "../support/nodes.ts";
import { startOpenAiServer, type OpenAiServer } from "../support/openai-server.ts";
import { startRedis, type RedisServer } from "../support/redis.ts";
import type { TestServer, TestUser } from "../support/server.ts";
import { startTcpProxy, withoutNotifications, type TcpProxy } from "../support/tcp-proxy.ts";
import { openWs, type WsClient } from "../support/ws-client.ts";

const POSITION_MS = 300;
const ANSWER = Array.from({ length: 60 }, (_, index) => `word${index + 1}`).join(" ");
const patient = { timeout: 15_000, interval: 20 };

/** An operator's open thread, kept by the same reducer as the panel's. */
function readThread(desk: WsClient, id: string) {
  return () => desk.frames.reduce((state, frame) => applyFrame(state, frame, "operator"), emptyConversation(id));
}

for (const kind of ["PostgreSQL", "Redis"] as const) {
  describe(`a node that missed notifications over ${kind}`, () => {
    let redis: RedisServer | null = null;
    let proxy: TcpProxy;
    let isDeaf = false;
    let world: Awaited<ReturnType<typeof startNodes>>;
    let model: OpenAiServer;
    let writer: TestServer;
    let reader: TestServer;
    let agent: Agent;
    let operator: TestUser;
    let session: PublicSession;
    let visitor: WsClient;
    let tab: ChatTab;
    let desk: WsClient;
    let busPort = 0;

    beforeAll(async () => {
      model = await startOpenAiServer();
      redis = kind === "Redis" ? await startRedis() : null;
      proxy = await startTcpProxy({
        ports: () => [busPort],
        ...(kind === "PostgreSQL" ? { filter: withoutNotifications(() => isDeaf) } : {}),
      });
      world = await startNodes({
        count: 2,
        redisUrl: redis?.url ?? null,
        // The second node hears by way of something that can be cut.
        busUrl(url, node) {
          const through = new URL(url);
          busPort = Number(through.port);
          if (node === 1) through.port = String(proxy.port);
          return through.toString();
        },
        limits: { busPositionMs: POSITION_MS },
        environment: { OPENAI_BASE_URL: model.url, OPENAI_MODEL: "test-model" },
      });
      [writer, reader] = world.nodes as [TestServer, TestServer];
      await reader.deps.orchestrator.stop();
      agent = await writer.createPublishedAgent({ name: "Aria" });
      operator = await writer.createUser({ role: "client", client_id: agent.client_id });
    });
    afterAll(async () => {
      await world?.stop();
      await proxy?.stop();
      await redis?.stop();
      await model?.stop();
    });
    afterEach(async () => {
      isDeaf = false;
      proxy.set({});
      tab?.close();
      await Promise.all([visitor, desk].map((client) => client?.close()));
    });

    /** The same visitor with a raw socket at the node that writes and a tab at the other, where the operator reads as well. */
    async function meet(): Promise<void> {
      model.behave(() => ({ text: ANSWER, chunkDelayMs: 10 }));
      session = await writer.createSession(agent.slug!);
      visitor = await openWs(writer.url, session);
      desk = await openWs(reader.url, { token: operator.token });
      await Promise.all([visitor.take("connected"), desk.take("connected")]);
      tab = await openChatTab(reader.url, agent.slug!, session);
      desk.send({ type: "subscribe", conversation_id: session.conversation_id });
      await desk.settle();
      await ask("Is anybody there?");
      await vi.waitFor(
        () => expect(tab.messages().map(({ content }) => content)).toEqual(["Is anybody there?", ANSWER]),
        patient,
      );
    }
    async function ask(content: string): Promise<void> {
      const { conversation_id } = session;
      visitor.send({ type: "message", conversation_id, content, client_message_id: randomUUID() });
      await visitor.take("message_sent");
    }
    const toCompare = (messages: readonly Message[]) =>
      messages.map(({ id, seq, rev, role, status, content }) => ({ id, seq, rev, role, status, content }));

    async function expectEverybodyKnowsAll(count: number): Promise<void> {
      const stored = (await storedMessages(writer.deps, session.conversation_id)) as unknown as Message[];
      expect(stored).toHaveLength(count);
      expect(stored.filter(({ status }) => status !== "complete")).toEqual([]);
      const thread = readThread(desk, session.conversation_id);
      await vi.waitFor(() => {
        expect(toCompare(tab.messages())).toEqual(toCompare(stored));
        expect(toCompare(thread().messages)).toEqual(toCompare(stored));
      }, patient);
      expect(tab.conversation().needsSync).toBe(false);
      // Nobody came back to find this out.
      expect(tab.disconnects).toBe(0);
      expect(desk.ws.readyState).toBe(desk.ws.OPEN);
      expect(desk.all("connected")).toHaveLength(1);
    }

    it("because its connection was cut: messages and a whole reply arrive once it is back, without a reconnect", async () => {
      await meet();
      proxy.set({ isClosed: true });
      proxy.reset();
      await ask("And now?");
      await visitor.take(
        "stream_end",
        ({ length }) => length === ANSWER.length && visitor.all("stream_end").length === 2,
        15_000,
      );
      await ask("And then?");
      await visitor.take("stream_end", () => visitor.all("stream_end").length === 3, 15_000);
      expect(tab.messages()).toHaveLength(2);
      proxy.set({});
      await expectEverybodyKnowsAll(6);
    });

    it("because its connection swallowed them for a while", async () => {
      await meet();
      proxy.set({ isBlackHole: true });
      await ask("And now?");
      await visitor.take("stream_end", () => visitor.all("stream_end").length === 2, 15_000);
      expect(tab.messages()).toHaveLength(2);
      proxy.set({});
      await expectEverybodyKnowsAll(4);
    });

    it("in the middle of a reply: the rest of it streams on, and the whole is there at its end", async () => {
      await meet();
      model.behave(() => ({ text: ANSWER, chunkDelayMs: 60 }));
      await ask("And now?");
      await vi.waitFor(() => expect(tab.messages()[3]?.content.length ?? 0).toBeGreaterThan(20), patient);
      proxy.reset();
      const before = tab.messages()[3]!.content.length;
      // It grows again while it is still being written.
      await vi.waitFor(() => {
        expect(tab.messages()[3]!.content.length).toBeGreaterThan(before + 40);
        expect(tab.messages()[3]!.status).toBe("streaming");
      }, patient);
      await visitor.take("stream_end", () => visitor.all("stream_end").length === 2, 15_000);
      await expectEverybodyKnowsAll(4);
    });

    it("about a sign-out and an erased visitor: their sockets close all the same", async () => {
      await meet();
      const stranger = await writer.createSession(agent.slug!);
      const strangerTab = await openWs(reader.url, stranger);
      await strangerTab.take("connected");
      const leaving = await writer.createUser({ role: "client", client_id: agent.client_id });
      const leavingDesk = await openWs(reader.url, { token: leaving.token });
      await leavingDesk.take("connected");
      proxy.set({ isClosed: true });
      proxy.reset();
      await writer.ok("POST", "/auth/v1/logout", { token: leaving.token });
      await writer.ok("DELETE", `/visitors/${stranger.visitor_id}`);
      proxy.set({});
      expect((await leavingDesk.closed).code).toBe(4201);
      expect((await strangerTab.closed).code).toBe(4201);
      await expectEverybodyKnowsAll(2);
    });

    it("about what was read and what colleagues noted", async () => {
      await meet();
      const { conversation_id, visitor_id } = session;
      const { id: message_id, seq } = tab.messages().at(-1)!;
      const here = await openWs(reader.url, session);
      await here.take("connected");
      proxy.set({ isClosed: true });
      proxy.reset();
      visitor.send({ type: "read", conversation_id, message_id });
      await visitor.settle();
      const note: Note = await writer.ok("POST", `/conversations/${conversation_id}/notes`, { body: { content: "A regular." } });
      expect([...desk.all("read"), ...desk.all("note")]).toEqual([]);
      proxy.set({});
      const healed = await desk.take("read", ({ user_id }) => user_id === visitor_id, 15_000);
      expect(healed).toMatchObject({ conversation_id, message_id, seq });
      expect((await desk.take("note")).note).toEqual(note);
      await expectEverybodyKnowsAll(2);
      await here.settle();
      expect(here.all("note")).toEqual([]);
      await here.close();
    });

    if (kind === "PostgreSQL") {
      it("because single ones were lost on a connection that is fine", async () => {
        await meet();
        isDeaf = true;
        await ask("And now?");
        isDeaf = false;
        await visitor.take("stream_end", () => visitor.all("stream_end").length === 2, 15_000);
        await expectEverybodyKnowsAll(4);
      });
    } else {
      it("because Redis was started anew, and had forgotten everybody", async () => {
        await meet();
        await redis!.stop();
        await ask("And now?");
        await visitor.take("stream_end", () => visitor.all("stream_end").length === 2, 15_000);
        redis = await startRedis(busPort);
        await expectEverybodyKnowsAll(4);
      });
    }
  });
}
