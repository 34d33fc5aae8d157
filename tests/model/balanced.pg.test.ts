import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { signToken } from "../../api/lib/jwt.ts";
import { openEventsLink } from "../../client/events-link.ts";
import type { Link } from "../../client/link.ts";
import type { ServerFrame } from "../../protocol/frames.ts";
import type { Agent, PublicSession } from "../../protocol/resources.ts";
import { startBalancer, type Balancer } from "../support/balancer.ts";
import { openChatTab } from "../support/chat-tab.ts";
import { storedMessages } from "../support/chat.ts";
import { startNodes } from "../support/nodes.ts";
import { startRedis, type RedisServer } from "../support/redis.ts";
import { shownText } from "../support/replies.ts";
import { TEST_PASSWORD, type TestServer, type TestUser } from "../support/server.ts";
import { openWs, type WsClient } from "../support/ws-client.ts";

const patient = { timeout: 15_000, interval: 20 };

/** One event stream and the POSTs that belong to it, each wherever a test wants it. */
interface Stream {
  frames: ServerFrame[];
  sessionId: string;
  closeCode: number | null;
  stop(): void;
}

for (const kind of ["PostgreSQL", "Redis"] as const) {
  describe(`two nodes behind a balancer that does not stick, over ${kind}`, () => {
    let redis: RedisServer | null = null;
    let world: Awaited<ReturnType<typeof startNodes>>;
    let first: TestServer;
    let second: TestServer;
    let balancer: Balancer;
    let agent: Agent;
    let operator: TestUser;
    let session: PublicSession;
    const streams: Stream[] = [];

    beforeAll(async () => {
      redis = kind === "Redis" ? await startRedis() : null;
      world = await startNodes({ count: 2, redisUrl: redis?.url ?? null, limits: { tokenGraceMs: 300 } });
      [first, second] = world.nodes as [TestServer, TestServer];
      balancer = await startBalancer([first.url, second.url]);
      agent = await first.createPublishedAgent({ name: "Aria" });
      operator = await first.createUser({ role: "client", client_id: agent.client_id });
      session = await first.createSession(agent.slug!);
    });
    afterAll(async () => {
      for (const stream of streams) stream.stop();
      await balancer?.stop();
      await world?.stop();
      await redis?.stop();
    });

    async function listen(node: TestServer, token: string): Promise<Stream> {
      const abort = new AbortController();
      const res = await fetch(`${node.url}/public/events`, {
        headers: { Authorization: `Bearer ${token}` },
        signal: abort.signal,
      });
      const stream: Stream = { frames: [], sessionId: "", closeCode: null, stop: () => abort.abort() };
      streams.push(stream);
      void (async () => {
        let text = "";
        for await (const chunk of res.body!.pipeThrough(new TextDecoderStream())) {
          text += chunk;
          const blocks = text.split("\n\n");
          text = blocks.pop()!;
          for (const block of blocks) {
            if (block.startsWith("event: close")) stream.closeCode = Number(/"code":(\d+)/.exec(block)![1]);
            else if (block.startsWith("data: ")) stream.frames.push(JSON.parse(block.slice(6)) as ServerFrame);
          }
        }
      })().catch(() => {});
      await vi.waitFor(() => {
        const [connected] = stream.frames;
        if (connected?.type !== "connected") throw new Error("not connected");
        stream.sessionId = connected.session_id;
      }, patient);
      return stream;
    }
    const post = async (node: TestServer, token: string, stream: Stream, frame: Record<string, unknown>) =>
      (await node.ok<{ frames: ServerFrame[] }>("POST", `/public/frames?session_id=${stream.sessionId}`, { token, body: frame }))
        .frames;
    const say = (content: string) => ({
      type: "message",
      conversation_id: session.conversation_id,
      content,
      client_message_id: randomUUID(),
    });

    it("what is posted on one node arrives at the stream that the other has: the reply, in order, and not its own message", async () => {
      const stream = await listen(second, session.token);
      const [sent] = await post(first, session.token, stream, say("Hello, are you there?"));
      expect(sent).toMatchObject({ type: "message_sent", seq: 1, duplicate: false });
      await vi.waitFor(() => expect(stream.frames.map(({ type }) => type)).toContain("stream_end"), patient);
      const rows = await storedMessages(first.deps, session.conversation_id);
      expect(shownText(stream.frames, rows[1]!.id)).toBe(rows[1]!.content);
      expect(stream.frames.filter((frame) => frame.type === "message" && frame.message.role === "visitor")).toEqual([]);
      stream.stop();
    });

    it("what is posted about the stream itself reaches it: presence, a fresh token, an operator's reading", async () => {
      const stream = await listen(second, session.token);
      const desk = await listen(second, operator.token);
      await vi.waitFor(() => expect(first.deps.hub.presenceOf(session.visitor_id)).toBe("online"), patient);
      await post(first, session.token, stream, { type: "presence", status: "away" });
      await vi.waitFor(() => expect(second.deps.hub.presenceOf(session.visitor_id)).toBe("away"), patient);
      // Its token ends in two seconds; the fresh one is given to the other node.
      const claims = {
        iss: "renus",
        aud: "renus:visitor",
        sub: session.visitor_id,
        agent_id: agent.id,
        client_id: agent.client_id,
      };
      const short = await listen(second, (await signToken(second.deps.config.jwtSecret, claims, 2)).token);
      const forgotten = await listen(second, (await signToken(second.deps.config.jwtSecret, claims, 2)).token);
      await post(first, session.token, short, { type: "auth", token: session.token });
      await vi.waitFor(() => expect(forgotten.closeCode).toBe(4201), patient);
      expect(short.closeCode).toBeNull();
      short.stop();
      await post(first, operator.token, desk, { type: "subscribe", conversation_id: session.conversation_id });
      await new Promise((resolve) => setTimeout(resolve, 200));
      await post(first, session.token, stream, say("And now?"));
      await vi.waitFor(() => expect(desk.frames.map(({ type }) => type)).toContain("delta"), patient);
      await vi.waitFor(() => expect(desk.frames.map(({ type }) => type)).toContain("stream_end"), patient);

      // Nobody else's: the same words with another's token change nothing.
      const stranger = await first.createSession(agent.slug!);
      await post(first, stranger.token, stream, { type: "presence", status: "online" });
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(second.deps.hub.presenceOf(session.visitor_id)).toBe("away");
      stream.stop();
      desk.stop();
    });

    it("the client's own fallback works through it, whichever node each of its requests meets", async () => {
      const frames: ServerFrame[] = [];
      const own = await first.createSession(agent.slug!);
      const link: Link = openEventsLink(balancer.url, own.token, { onFrame: (frame) => frames.push(frame), onClose() {} });
      await vi.waitFor(() => expect(frames[0]?.type).toBe("connected"), patient);
      const { conversation_id } = own;
      for (let index = 1; index <= 4; index++) {
        link.send({ type: "message", conversation_id, content: `number ${index}`, client_message_id: randomUUID() });
        await vi.waitFor(() => expect(frames.filter(({ type }) => type === "stream_end")).toHaveLength(index), patient);
      }
      const rows = await storedMessages(first.deps, conversation_id);
      expect(rows.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      for (const row of rows.filter(({ role }) => role === "assistant")) expect(shownText(frames, row.id)).toBe(row.content);
      link.close();
    });

    it("a session that was begun on one node is refreshed on the other, and the chat goes on through it", async () => {
      const fresh = await second.request<PublicSession>("POST", "/public/sessions/refresh", { token: session.token });
      expect(fresh.status).toBe(200);
      const tab = await openChatTab(balancer.url, agent.slug!, { ...session, ...fresh.body });
      const again = await openChatTab(balancer.url, agent.slug!, session);
      const before = tab.messages().length;
      tab.client.send("Through the balancer");
      await vi.waitFor(() => expect(again.messages().length).toBeGreaterThanOrEqual(before + 2), patient);
      await vi.waitFor(() => expect(again.messages().at(-1)).toMatchObject({ role: "assistant", status: "complete" }), patient);
      await vi.waitFor(() => expect(tab.messages()).toEqual(again.messages()), patient);
      tab.close();
      again.close();
    });

    it("a sign-in on one node holds on the other, is refreshed there, and its end closes the sockets of both at once", async () => {
      const person = await first.createUser({ role: "client", client_id: agent.client_id });
      const signedIn = await first.signIn(person.email, TEST_PASSWORD);
      const refreshed = await second.ok<{ access_token: string }>("POST", "/auth/v1/token?grant_type=refresh_token", {
        token: null,
        body: { refresh_token: signedIn.refresh_token },
      });
      const desks = [
        await openWs(first.url, { token: refreshed.access_token }),
        await openWs(second.url, { token: refreshed.access_token }),
      ];
      await Promise.all(desks.map((desk) => desk.take("connected")));
      expect((await second.call("GET", "/me", { token: signedIn.access_token })).status).toBe(200);
      await first.ok("POST", "/auth/v1/logout", { token: refreshed.access_token });
      expect((await Promise.all(desks.map((desk) => desk.closed))).map(({ code }) => code)).toEqual([4201, 4201]);
      // The token was remembered there a moment ago.
      await vi.waitFor(
        async () => expect((await second.call("GET", "/me", { token: signedIn.access_token })).status).toBe(401),
        patient,
      );
    });

    it("a visitor is online for operators of both nodes, and moves between them without ever being offline", async () => {
      const own = await first.createSession(agent.slug!);
      const desks = [await openWs(first.url, { token: operator.token }), await openWs(second.url, { token: operator.token })];
      await Promise.all(desks.map((desk) => desk.take("connected")));
      let tab = await openWs(first.url, own);
      await tab.take("connected");
      for (const desk of desks)
        await desk.take("presence", ({ user_id, status }) => user_id === own.visitor_id && status === "online");
      for (const node of [second, first, second]) {
        await tab.close();
        tab = await openWs(node.url, own);
        await tab.take("connected");
      }
      for (const desk of desks) {
        desk.send({ type: "subscribe", conversation_id: own.conversation_id });
        const told = await desk.take("presence", ({ conversation_id }) => conversation_id === own.conversation_id);
        expect(told.status).toBe("online");
        expect(desk.all("presence").filter(({ user_id, status }) => user_id === own.visitor_id && status === "offline")).toEqual(
          [],
        );
      }
      await tab.close();
      await Promise.all(desks.map((desk) => desk.close()));
    });

    it("a limit holds on both: who has written too much on one node is refused on the other as well, and told when to come back", async () => {
      const own = await first.createSession(agent.slug!);
      const tab = await openWs(first.url, own);
      await tab.take("connected");
      const write = (client: WsClient, content: string) =>
        client.send({ type: "message", conversation_id: own.conversation_id, content, client_message_id: randomUUID() });
      for (let index = 0; index < 21; index++) write(tab, `n${index}`);
      expect(await tab.take("error", undefined, 15_000)).toMatchObject({ code: "RATE_LIMITED", retryable: true });
      const elsewhere = await openWs(second.url, own);
      await elsewhere.take("connected");
      // A node may have set some of the allowance aside.
      for (let index = 0; index < 21; index++) write(elsewhere, `elsewhere ${index}`);
      const refused = await elsewhere.take("error", undefined, 15_000);
      expect(refused).toMatchObject({ code: "RATE_LIMITED", retryable: true });
      expect(refused.retry_after_ms).toBeGreaterThan(0);
      await elsewhere.settle();
      expect(elsewhere.all("message_sent").length + tab.all("message_sent").length).toBeLessThanOrEqual(20);
      await Promise.all([tab.close(), elsewhere.close()]);
    });
  });
}
