import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tablesThatHold } from "../../tests/support/kept.ts";
import { startTestServer, type TestServer, type TestUser } from "../../tests/support/server.ts";
import { openWs } from "../../tests/support/ws-client.ts";
import type { Agent, PublicSession } from "../../protocol/resources.ts";
import { signVisitorToken } from "../services/auth/tokens.ts";
import type { Database } from "../db/database.ts";

/** What is kept of a visitor, for themselves and for the company, on any database. */
export function visitorCases(openDatabase: () => Promise<Database>): void {
  let db: Database;
  let server: TestServer;
  let agent: Agent;
  let stranger: TestUser;
  beforeAll(async () => {
    db = await openDatabase();
    server = await startTestServer({ db });
    agent = await server.createPublishedAgent({ name: "Northwind" });
    stranger = await server.createUser({ role: "client", client_id: (await server.createClient()).id });
  });
  afterAll(() => server.stop());

  let words = 0;
  /** A visitor who has said something and got an answer. */
  async function chat(body: Record<string, unknown> = {}) {
    const about = { name: "Ana", meta: { plan: "gold" }, page_url: "https://shop.example/tea", ...body };
    const session = await server.createSession(agent.slug, { body: about });
    const said = `unrepeatable${++words}`;
    await server.ok("POST", "/public/frames", { token: session.token, body: frame(session, said) });
    const isAnswered = async () => (await own(session)).body.conversations[0].messages[1]?.status === "complete";
    await expect.poll(isAnswered, { timeout: 10_000 }).toBe(true);
    return { session, said };
  }
  const frame = ({ conversation_id }: PublicSession, content: string) => ({
    type: "message",
    conversation_id,
    content,
    client_message_id: crypto.randomUUID(),
  });
  const speak = async (session: PublicSession) =>
    (await server.ok("POST", "/public/frames", { token: session.token, body: frame(session, "hello?") })).frames[0];
  const own = ({ token }: PublicSession) => server.call("GET", "/public/me/export", { token });

  describe("an export", () => {
    test("for the visitor has who they are, what their page said, all messages and usage, and nothing that only colleagues see", async () => {
      const { session, said } = await chat({ source: "flyer", locale: "pt-BR" });
      await server.ok("POST", `/conversations/${session.conversation_id}/notes`, { body: { content: "for colleagues" } });
      const other = await chat();
      const answer = await own(session);
      expect(answer.headers.get("Content-Disposition")).toBe('attachment; filename="my-data.json"');
      expect(answer.headers.get("Cache-Control")).toBe("no-store");
      expect(answer.body).toMatchObject({
        visitor: { id: session.visitor_id, agent_id: agent.id, name: "Ana", is_verified: false, locale: "pt-BR" },
        conversations: [
          {
            id: session.conversation_id,
            source: "flyer",
            meta: { plan: "gold" },
            page_url: "https://shop.example/tea",
            messages: [{ role: "visitor", content: said }, { role: "assistant" }],
          },
        ],
        usage: [{ day: new Date().toISOString().slice(0, 10), replies: 1 }],
      });
      const text = JSON.stringify(answer.body);
      expect(text).not.toContain("for colleagues");
      expect(text).not.toContain(other.said);
      expect(text).not.toMatch(/"trace"|client_id|system_prompt/);
    });

    test("for the company has traces and notes as well; for others there is no such visitor", async () => {
      const { session, said } = await chat();
      await server.ok("POST", `/conversations/${session.conversation_id}/notes`, { body: { content: "for colleagues" } });
      const path = `/visitors/${session.visitor_id}/export`;
      const olga = await server.createUser({ role: "client", client_id: agent.client_id });
      for (const token of [await server.adminToken(), olga.token]) {
        const answer = await server.call("GET", path, { token });
        expect(answer.headers.get("Content-Disposition")).toBe(`attachment; filename="visitor-${session.visitor_id}.json"`);
        expect(answer.body).toMatchObject({
          visitor: { id: session.visitor_id, name: "Ana" },
          conversations: [
            {
              conversation: { id: session.conversation_id },
              messages: [{ content: said }, { role: "assistant", trace: { method: expect.any(String) } }],
              notes: [{ content: "for colleagues" }],
            },
          ],
        });
      }
      expect((await server.call("GET", path, { token: stranger.token })).body.code).toBe("NOT_FOUND");
      expect((await server.call("GET", "/visitors/nobody/export")).body.code).toBe("NOT_FOUND");
      expect((await server.call("GET", path, { token: session.token })).status).toBe(401);
    });

    test("and an erasure are refused on websites that may not show the chat", async () => {
      const bound = await server.createPublishedAgent({ config: { allowed_origins: ["https://shop.example"] } });
      const own = { token: null, headers: { Origin: "https://shop.example" }, body: {} };
      const session = await server.ok("POST", `/public/agents/${bound.slug}/sessions`, own);
      const headers = { Origin: "https://elsewhere.example" };
      for (const [method, path] of [
        ["GET", "/public/me/export"],
        ["DELETE", "/public/me"],
      ] as const)
        expect((await server.call(method, path, { token: session.token, headers })).body.code, method).toBe("FORBIDDEN");
      const there = await server.call("GET", "/public/me/export", { ...own, token: session.token, body: undefined });
      expect(there.status).toBe(200);
    });
  });

  describe("an erasure at the visitor's own wish", () => {
    test("leaves no word and no id of theirs anywhere; colleagues hear of it, and their pages begin anew", async () => {
      const { session, said } = await chat();
      const [page, desk] = [
        await openWs(server.url, { token: session.token }),
        await openWs(server.url, { token: await server.adminToken() }),
      ];
      const ids = [session.visitor_id, session.conversation_id, said];
      expect(await tablesThatHold(db, ids)).not.toEqual({});
      expect((await server.call("DELETE", "/public/me", { token: session.token })).status).toBe(204);
      expect(await tablesThatHold(db, ids)).toEqual({});
      expect(await desk.take("conversation_deleted")).toMatchObject({ conversation_id: session.conversation_id });
      expect(await page.closed).toMatchObject({ code: 4201 });
      await desk.close();
    });

    test("ends what their living token opens, everywhere and in the same words, and a new session begins with somebody new", async () => {
      const { session } = await chat();
      await server.ok("DELETE", "/public/me", { token: session.token });
      const { token } = session;
      const ended = { status: 401, body: { code: "AUTH_ERROR", error: "This session has ended. Start a new one." } };
      const answers = await Promise.all([
        own(session),
        server.call("DELETE", "/public/me", { token }),
        server.call("POST", "/public/sessions/refresh", { token }),
        server.call("POST", "/public/sessions/identify", { token, body: { name: "Bea" } }),
        server.call("GET", "/public/events", { token }),
      ]);
      for (const answer of answers) expect(answer).toMatchObject(ended);
      expect(await speak(session)).toMatchObject({ type: "error", ...ended.body, retryable: false });
      const socket = await openWs(server.url, { token });
      expect(await socket.take("error")).toMatchObject({ code: "AUTH_ERROR" });
      expect(await socket.closed).toMatchObject({ code: 1008 });
      const next = await server.createSession(agent.slug, { token });
      expect(next.visitor_id).not.toBe(session.visitor_id);
    });

    test("is none of an agent that is gone or paused: that is said as before", async () => {
      const paused = await server.createPublishedAgent({ name: "Paused" });
      const session = await server.createSession(paused.slug);
      await server.ok("POST", `/agents/${paused.id}/unpublish`);
      expect((await speak(session)).code).toBe("AGENT_NOT_FOUND");
      await server.ok("DELETE", `/agents/${paused.id}`);
      expect((await speak(session)).code).toBe("AGENT_NOT_FOUND");
      // Of an agent that never was.
      const unknown = { visitor_id: crypto.randomUUID(), agent_id: crypto.randomUUID(), client_id: paused.client_id };
      const { token } = await signVisitorToken(server.deps, unknown);
      expect((await server.call("GET", "/public/events", { token })).body.code).toBe("AGENT_NOT_FOUND");
    });
  });
}
