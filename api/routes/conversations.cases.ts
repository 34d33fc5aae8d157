import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Conversation, Message } from "../../protocol/resources.ts";
import { SYSTEM } from "../db/actor.ts";
import { signVisitorToken } from "../services/auth/tokens.ts";
import { insertAgent, insertChat, storedMessages, type Chat } from "../../tests/support/chat.ts";
import { startTestServer, type TestServer, type TestUser } from "../../tests/support/server.ts";
import { openWs } from "../../tests/support/ws-client.ts";
import type { Database } from "../db/database.ts";

/** The inbox, on any database. */
export function conversationCases(openDatabase: () => Promise<Database>): void {
  let server: TestServer;
  let agent: { id: string; client_id: string };
  let operator: TestUser;
  let stranger: TestUser;

  beforeAll(async () => {
    server = await startTestServer({ db: await openDatabase() });
    await server.deps.orchestrator.stop();
    agent = await insertAgent(server.deps);
    operator = await server.createUser({ role: "client", client_id: agent.client_id, name: "Olga" });
    const elsewhere = await server.createClient("Elsewhere");
    stranger = await server.createUser({ role: "client", client_id: elsewhere.id });
  });
  afterAll(() => server.stop());

  const newChat = (of = agent) => insertChat(server.deps, of);
  const pathOf = (chat: Chat) => `/conversations/${chat.conversation_id}`;
  const asOperator = {
    get token() {
      return operator.token;
    },
  };

  /** As the visitor, over the fallback. */
  async function write(chat: Chat, ...contents: string[]): Promise<void> {
    for (const content of contents) {
      const body = { type: "message", conversation_id: chat.conversation_id, content };
      const { frames } = await server.ok("POST", "/public/frames", { token: chat.token, body });
      expect(frames[0].type).toBe("message_sent");
    }
  }

  describe("refusals", () => {
    const calls: [string, string, unknown?][] = [
      ["GET", ""],
      ["GET", "/messages"],
      ["POST", "/messages", { content: "hi" }],
      ["POST", "/take-over"],
      ["POST", "/hand-back"],
      ["POST", "/close"],
    ];
    it.each(calls)("%s /conversations/:id%s is 401 without a person's token", async (method, path, body) => {
      const chat = await newChat();
      const { token } = await signVisitorToken(server.deps, chat.actor);
      for (const bad of [null, "nonsense", token]) {
        const answer = await server.call(method, pathOf(chat) + path, { token: bad, body });
        expect(answer).toMatchObject({ status: 401, body: { code: "AUTH_ERROR" } });
      }
    });

    it.each(calls)("%s /conversations/:id%s of another company answers like what does not exist", async (method, path, body) => {
      const chat = await newChat();
      const bodies: unknown[] = [];
      for (const id of [chat.conversation_id, randomUUID(), "1", "'; drop table messages; --"]) {
        const url = `/conversations/${encodeURIComponent(id)}${path}`;
        const answer = await server.call(method, url, { token: stranger.token, body });
        expect(answer.status).toBe(404);
        const { request_id: _, ...rest } = answer.body;
        bodies.push(rest);
      }
      expect(bodies[0]).toMatchObject({ code: "CONVERSATION_NOT_FOUND" });
      expect(new Set(bodies.map((it) => JSON.stringify(it))).size).toBe(1);
      expect(await storedMessages(server.deps, chat.conversation_id)).toEqual([]);
    });

    it("of bodies and queries are VALIDATION_ERROR and change nothing", async () => {
      const chat = await newChat();
      const bodies = [
        undefined,
        "{",
        "[]",
        {},
        { content: "" },
        { content: "  " },
        { content: 1 },
        { content: "x".repeat(4001) },
      ];
      for (const body of [...bodies, { content: "a\u0000b" }, { content: "x", client_message_id: "1" }]) {
        const answer = await server.call("POST", `${pathOf(chat)}/messages`, { ...asOperator, body });
        expect(answer).toMatchObject({ status: 400, body: { code: "VALIDATION_ERROR" } });
      }
      for (const query of ["limit=0", "limit=201", "after_seq=-1", "after_seq=99999999999", "before_seq=x", "cursor=zzz"]) {
        const answer = await server.call("GET", `${pathOf(chat)}/messages?${query}`, asOperator);
        expect(answer).toMatchObject({ status: 400, body: { code: "VALIDATION_ERROR" } });
      }
      for (const query of ["status=gone", "owner=nobody", "has_messages=1", "agent_id=1", "limit=1000", "cursor=e30"]) {
        const answer = await server.call("GET", `/conversations?${query}`, asOperator);
        expect(answer).toMatchObject({ status: 400, body: { code: "VALIDATION_ERROR" } });
      }
      expect(await storedMessages(server.deps, chat.conversation_id)).toEqual([]);
    });
  });

  it("ratings, messages and an operator at the same moment wait for each other, and every change has a rev of its own", async () => {
    const chat = await newChat();
    const { conversation_id } = chat;
    const replies = await server.deps.db.as(SYSTEM, async (trx) => {
      await trx.updateTable("conversations").set({ last_seq: 3, last_rev: 3 }).where("id", "=", conversation_id).execute();
      const row = { conversation_id, client_id: agent.client_id, role: "assistant", content: "Yes." };
      const rows = [1, 2, 3].map((seq) => ({ ...row, seq, rev: seq }));
      return trx.insertInto("messages").values(rows).returning("id").execute();
    });
    const rate = (index: number) =>
      server.ok("POST", "/public/frames", {
        token: chat.token,
        body: {
          type: "feedback",
          message_id: replies[index % 3]!.id,
          rating: (["up", "down", null] as const)[((index / 3) % 3) | 0],
        },
      });
    const ratings = Array.from({ length: 18 }, (_, index) => rate(index));
    const answer = server.ok("POST", `${pathOf(chat)}/messages`, { ...asOperator, body: { content: "Olga here" } });
    const [answers] = await Promise.all([Promise.all(ratings), write(chat, "one", "two"), answer]);
    expect(answers.map(({ frames }) => frames)).toEqual(Array(18).fill([]));
    const stored = await storedMessages(server.deps, conversation_id);
    expect(stored.map((row) => row.seq)).toEqual(stored.map((_, index) => index + 1));
    const { last_rev, last_seq } = await server.ok("GET", pathOf(chat), asOperator);
    expect(last_seq).toBe(stored.length);
    expect(Math.max(...stored.map((row) => row.rev))).toBe(last_rev);
    expect(new Set(stored.map((row) => row.rev)).size).toBe(stored.length);
  });

  describe("GET /conversations", () => {
    it("lists the company's, newest activity first, page by page", async () => {
      const own = await insertAgent(server.deps);
      const chats: Chat[] = [];
      for (let index = 0; index < 5; index++) chats.push(await newChat(own));
      await write(chats[1]!, "hello");
      await write(chats[3]!, "hello");
      const got: string[] = [];
      for (let cursor: string | null = ""; cursor !== null;) {
        const query = `agent_id=${own.id}&limit=2${cursor && `&cursor=${cursor}`}`;
        const page: { data: Conversation[]; next_cursor: string | null } = await server.ok(
          "GET",
          `/conversations?${query}`,
          asOperator,
        );
        got.push(...page.data.map(({ id }) => id));
        cursor = page.next_cursor;
      }
      expect(got).toEqual([3, 1, 4, 2, 0].map((index) => chats[index]!.conversation_id));
      const first = await server.ok("GET", `/conversations?agent_id=${own.id}&limit=1`, asOperator);
      expect(first.data[0]).toMatchObject({ last_message_preview: "hello", last_seq: 1, owner: "assistant", status: "open" });
      expect((await server.ok("GET", `/conversations?agent_id=${own.id}`, { token: stranger.token })).data).toEqual([]);
    });

    it("filters by status, owner and whether anything was written", async () => {
      const own = await insertAgent(server.deps);
      const [open, owned, closed] = [await newChat(own), await newChat(own), await newChat(own)];
      await server.ok("POST", `${pathOf(owned)}/take-over`, asOperator);
      await server.ok("POST", `${pathOf(closed)}/close`, asOperator);
      const ids = async (query: string) =>
        (await server.ok("GET", `/conversations?agent_id=${own.id}&${query}`, asOperator)).data.map(({ id }: Conversation) => id);
      expect(await ids("status=closed")).toEqual([closed.conversation_id]);
      expect(await ids("owner=operator")).toEqual([owned.conversation_id]);
      expect(await ids("status=open&owner=assistant")).toEqual([open.conversation_id]);
      // A take-over and a closing leave their lines; nobody wrote in the first.
      expect(await ids("has_messages=false")).toEqual([open.conversation_id]);
      expect(await ids("has_messages=true")).toEqual([closed.conversation_id, owned.conversation_id]);
    });
  });

  describe("GET /conversations/:id/messages", () => {
    it("returns the newest, those after and those before, always in order", async () => {
      const chat = await newChat();
      await write(chat, "1", "2", "3", "4", "5");
      const read = async (query: string) => {
        const page = await server.ok("GET", `${pathOf(chat)}/messages?${query}`, asOperator);
        return { seqs: page.data.map(({ seq }: Message) => seq), next: page.next_cursor };
      };
      expect((await read("")).seqs).toEqual([1, 2, 3, 4, 5]);
      const newest = await read("limit=2");
      expect(newest.seqs).toEqual([4, 5]);
      const before = await read(`limit=2&cursor=${newest.next}`);
      expect(before.seqs).toEqual([2, 3]);
      expect(await read(`limit=2&cursor=${before.next}`)).toEqual({ seqs: [1], next: null });
      const after = await read("after_seq=1&limit=3");
      expect(after.seqs).toEqual([2, 3, 4]);
      expect(await read(`limit=3&cursor=${after.next}`)).toEqual({ seqs: [5], next: null });
      expect((await read("before_seq=3")).seqs).toEqual([1, 2]);
      expect((await read("after_seq=1&before_seq=4")).seqs).toEqual([2, 3]);
    });

    it("shows the routing trace beside a reply", async () => {
      const chat = await newChat();
      await write(chat, "how much?");
      const trace = {
        topic: null,
        candidates: [],
        chosen: { kind: "agent", id: agent.id, name: "Aria" },
        method: "no_candidates",
        reason: "The agent has no sub-agents.",
        error: null,
        model: "m",
        classifier_model: null,
        routing_ms: 1,
        first_token_ms: 2,
        latency_ms: 3,
        tokens: null,
        config_version: "1",
        attempt: 1,
      };
      await server.deps.db.as(SYSTEM, async (trx) => {
        await trx.updateTable("conversations").set({ last_seq: 2, last_rev: 2 }).where("id", "=", chat.conversation_id).execute();
        const { client_id } = agent;
        const { id } = await trx
          .insertInto("messages")
          .values({ conversation_id: chat.conversation_id, client_id, seq: 2, rev: 2, role: "assistant", content: "Ten." })
          .returning("id")
          .executeTakeFirstOrThrow();
        await trx
          .insertInto("message_traces")
          .values({ message_id: id, client_id, trace: JSON.stringify(trace) })
          .execute();
      });
      const { data } = await server.ok("GET", `${pathOf(chat)}/messages`, asOperator);
      expect(data).toMatchObject([
        { role: "visitor", trace: null },
        { role: "assistant", content: "Ten.", trace },
      ]);
    });
  });

  describe("POST /conversations/:id/messages", () => {
    it("is 201, takes over, and is 200 with the same row for the same id", async () => {
      const chat = await newChat();
      const body = { content: "<b>Hi</b> 👋 مرحبا", client_message_id: randomUUID() };
      const first = await server.call("POST", `${pathOf(chat)}/messages`, { ...asOperator, body });
      expect(first).toMatchObject({
        status: 201,
        body: { role: "operator", content: body.content, seq: 2, sender: { name: "Olga" } },
      });
      const again = await server.call("POST", `${pathOf(chat)}/messages`, { ...asOperator, body });
      expect(again).toMatchObject({ status: 200, body: first.body });
      const other = await server.call("POST", `${pathOf(chat)}/messages`, { ...asOperator, body: { ...body, content: "x" } });
      expect(other).toMatchObject({ status: 409, body: { code: "IDEMPOTENCY_CONFLICT" } });
      expect(await server.ok("GET", pathOf(chat), asOperator)).toMatchObject({
        owner: "operator",
        owner_id: operator.id,
        last_seq: 2,
      });
    });

    it("may answer to a message of this conversation only, and a refusal takes nothing over", async () => {
      const [chat, elsewhere] = [await newChat(), await newChat()];
      await write(elsewhere, "over there");
      await write(chat, "here");
      const [foreign] = await storedMessages(server.deps, elsewhere.conversation_id);
      const [own] = await storedMessages(server.deps, chat.conversation_id);
      const before = await server.ok("GET", pathOf(chat), asOperator);
      for (const reply_to of [foreign!.id, randomUUID()]) {
        const refused = await server.call("POST", `${pathOf(chat)}/messages`, {
          ...asOperator,
          body: { content: "x", client_message_id: randomUUID(), reply_to },
        });
        expect(refused).toMatchObject({
          status: 400,
          body: { code: "VALIDATION_ERROR", issues: [{ path: "reply_to", message: expect.any(String) }] },
        });
        const desk = await openWs(server.url, { token: operator.token });
        const tab = await openWs(server.url, { token: chat.token });
        for (const peer of [desk, tab]) {
          const client_message_id = randomUUID();
          const frame = { type: "message", conversation_id: chat.conversation_id, content: "x", client_message_id, reply_to };
          peer.send(frame);
          expect(await peer.take("error")).toMatchObject({ code: "VALIDATION_ERROR", ref: client_message_id, retryable: false });
          await peer.close();
          const { frames } = await server.ok("POST", "/public/frames", {
            token: peer === desk ? operator.token : chat.token,
            body: frame,
          });
          expect(frames).toMatchObject([{ type: "error", code: "VALIDATION_ERROR", ref: client_message_id }]);
        }
      }
      expect(await server.ok("GET", pathOf(chat), asOperator)).toEqual(before);
      expect(await storedMessages(server.deps, chat.conversation_id)).toHaveLength(1);

      const said = await server.ok("POST", `${pathOf(chat)}/messages`, {
        ...asOperator,
        body: { content: "I am here.", reply_to: own!.id },
      });
      expect(said).toMatchObject({ reply_to: own!.id });
    });

    it("in a colleague's conversation is refused, and says who has it", async () => {
      const chat = await newChat();
      await server.ok("POST", `${pathOf(chat)}/take-over`, asOperator);
      const colleague = await server.createUser({ role: "client", client_id: agent.client_id, name: "Cora" });
      const answer = await server.call("POST", `${pathOf(chat)}/messages`, {
        token: colleague.token,
        body: { content: "me too" },
      });
      expect(answer).toMatchObject({
        status: 409,
        body: { code: "CONVERSATION_TAKEN", owner_id: operator.id, owner_name: "Olga" },
      });
      expect(await server.ok("GET", pathOf(chat), asOperator)).toMatchObject({
        owner_id: operator.id,
        owner_epoch: 1,
        last_seq: 1,
      });
    });
  });

  describe("take-over, hand-back and close", () => {
    it("change nothing when repeated", async () => {
      const chat = await newChat();
      for (const path of ["/take-over", "/hand-back", "/close"]) {
        const first = await server.ok("POST", pathOf(chat) + path, asOperator);
        expect(await server.ok("POST", pathOf(chat) + path, asOperator)).toEqual(first);
      }
      const lines = (await storedMessages(server.deps, chat.conversation_id)).map(({ content }) => content);
      expect(lines).toEqual(["Olga joined the conversation", "The assistant is back", "The conversation was closed"]);
    });

    it("of a closed conversation are refused", async () => {
      const chat = await newChat();
      await server.ok("POST", `${pathOf(chat)}/close`, asOperator);
      for (const path of ["/take-over", "/hand-back"]) {
        const answer = await server.call("POST", pathOf(chat) + path, asOperator);
        expect(answer).toMatchObject({ status: 409, body: { code: "CONVERSATION_CLOSED" } });
      }
    });

    it("tell the visitor in the visitor's language, and never an operator's e-mail address", async () => {
      const chat = await newChat();
      await server.deps.db.as(SYSTEM, (trx) =>
        trx.updateTable("conversations").set({ locale: "pt-BR" }).where("id", "=", chat.conversation_id).execute(),
      );
      const nameless = await server.createUser({ role: "client", client_id: agent.client_id });
      await server.deps.db.as(SYSTEM, (trx) =>
        trx.updateTable("profiles").set({ name: null }).where("id", "=", nameless.id).execute(),
      );
      await server.ok("POST", `${pathOf(chat)}/take-over`, { token: nameless.token });
      expect(await storedMessages(server.deps, chat.conversation_id)).toMatchObject([
        { content: "Uma pessoa entrou na conversa" },
      ]);
    });

    it("end the replies that were wished for", async () => {
      for (const path of ["/take-over", "/close"]) {
        const chat = await newChat();
        await write(chat, "question");
        const tab = await openWs(server.url, { token: chat.token });
        await tab.take("connected");
        await server.ok("POST", pathOf(chat) + path, asOperator);
        const { conversation } = await tab.take("conversation");
        expect(conversation).toMatchObject(path === "/close" ? { status: "closed" } : { owner: "operator", owner_name: "Olga" });
        const jobs = await server.deps.db.as(SYSTEM, (trx) =>
          trx.selectFrom("reply_jobs").select(["status", "fence"]).where("conversation_id", "=", chat.conversation_id).execute(),
        );
        expect(jobs).toEqual([{ status: "cancelled", fence: 1 }]);
        await tab.close();
      }
    });

    it("by two operators at once leave one owner and one order", async () => {
      const chat = await newChat();
      const colleague = await server.createUser({ role: "client", client_id: agent.client_id, name: "Cora" });
      await Promise.all([operator, colleague].map(({ token }) => server.ok("POST", `${pathOf(chat)}/take-over`, { token })));
      const conversation = await server.ok("GET", pathOf(chat), asOperator);
      expect(conversation).toMatchObject({ owner: "operator", owner_epoch: 2, last_seq: 2 });
      expect([operator.id, colleague.id]).toContain(conversation.owner_id);
    });

    it("from somebody who has it no more is refused, and says who has it now", async () => {
      const chat = await newChat();
      await server.ok("POST", `${pathOf(chat)}/take-over`, { ...asOperator, body: { from: null } });
      const colleague = await server.createUser({ role: "client", client_id: agent.client_id, name: "Cora" });
      const late = await server.call("POST", `${pathOf(chat)}/take-over`, { token: colleague.token, body: { from: null } });
      expect(late).toMatchObject({
        status: 409,
        body: { code: "CONVERSATION_TAKEN", owner_id: operator.id, owner_name: "Olga" },
      });
      await server.ok("POST", `${pathOf(chat)}/take-over`, { token: colleague.token, body: { from: operator.id } });
      expect(await server.ok("GET", pathOf(chat), asOperator)).toMatchObject({ owner_id: colleague.id, owner_name: "Cora" });
    });
  });
}
