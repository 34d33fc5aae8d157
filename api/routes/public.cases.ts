import { decode, sign } from "hono/jwt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SYSTEM } from "../db/actor.ts";
import { startTestServer, type TestServer } from "../../tests/support/server.ts";
import type { Agent } from "../../protocol/resources.ts";
import type { Database } from "../db/database.ts";

/** What visitors and the widget may ask, on any database. */
export function publicRouteCases(openDatabase: () => Promise<Database>): void {
  let server: TestServer;
  let agent: Agent;
  beforeAll(async () => {
    server = await startTestServer({ db: await openDatabase() });
    agent = await server.createPublishedAgent({
      name: "Public",
      system_prompt: "TOP SECRET PROMPT",
      config: { secret_key: "sk-1" },
    });
  });
  afterAll(() => server.stop());

  const accessCount = async () => (await server.ok("GET", `/agents/${agent.id}`)).access_count;

  test("the profile tells nothing that is not for visitors", async () => {
    const { body } = await server.call("GET", "/public/agents/public", { token: null });
    expect(Object.keys(body).sort()).toEqual(
      ["appearance", "description", "greeting", "id", "initials", "locale", "name", "slug", "starters"].sort(),
    );
    expect(JSON.stringify(body)).not.toMatch(/SECRET|sk-1|gpt/);
  });

  describe("sessions", () => {
    test("each is a new visitor with a conversation, and one access", async () => {
      const before = await accessCount();
      const body = { locale: "pt-BR", page_url: "https://shop.example/x?a=1", source: "door" };
      const [a, b] = await Promise.all([server.createSession("public", { body }), server.createSession("public")]);
      expect(a.visitor_id).not.toBe(b.visitor_id);
      expect(a.conversation_id).not.toBe(b.conversation_id);
      expect(await server.ok("GET", `/conversations/${a.conversation_id}`)).toMatchObject({
        ...body,
        agent_id: agent.id,
        visitor_id: a.visitor_id,
        status: "open",
        owner: "assistant",
        last_seq: 0,
      });
      expect(await accessCount()).toBe(before + 2);
    });
    test("none of many at once is lost, and none is counted twice", async () => {
      const before = await accessCount();
      const sessions = await Promise.all(Array.from({ length: 25 }, () => server.createSession("public")));
      expect(new Set(sessions.map((session) => session.conversation_id)).size).toBe(25);
      expect(await accessCount()).toBe(before + 25);
    });
    test("a known visitor gets another conversation and stays who they are", async () => {
      const first = await server.createSession("public");
      const second = await server.createSession("public", { token: first.token });
      expect(second.visitor_id).toBe(first.visitor_id);
      expect(second.conversation_id).not.toBe(first.conversation_id);
    });
    test("another agent's token, or one that does not hold, makes a new visitor", async () => {
      const other = await server.createPublishedAgent({ name: "Elsewhere" });
      const elsewhere = await server.createSession(other.slug);
      for (const token of [elsewhere.token, "x.y.z"]) {
        const session = await server.createSession("public", { token });
        expect(session.visitor_id).not.toBe(elsewhere.visitor_id);
        expect(session.agent.id).toBe(agent.id);
      }
    });
    test("a refresh keeps visitor and conversation and is no access", async () => {
      const session = await server.createSession("public");
      const before = await accessCount();
      const refreshed = await server.ok("POST", "/public/sessions/refresh", { token: session.token });
      expect(refreshed).toMatchObject({ visitor_id: session.visitor_id, conversation_id: session.conversation_id });
      expect(await accessCount()).toBe(before);
      expect((await server.createSession("public", { token: refreshed.token })).visitor_id).toBe(session.visitor_id);
    });
    test("who comes back within a month finds their visitor; an expired token opens nothing else", async () => {
      const session = await server.createSession("public");
      const claims = decode(session.token).payload;
      const expired = (days: number) =>
        sign({ ...claims, exp: Math.floor(Date.now() / 1000) - days * 86_400 }, server.deps.config.jwtSecret, "HS256");
      const token = await expired(29);
      expect(await server.ok("POST", "/public/sessions/refresh", { token })).toMatchObject({ visitor_id: session.visitor_id });
      expect((await server.createSession("public", { token })).visitor_id).not.toBe(session.visitor_id);
      const frame = { type: "sync", cursors: {} };
      expect((await server.call("POST", "/public/frames", { token, body: frame })).body.code).toBe("AUTH_ERROR");
      expect((await server.call("POST", "/public/sessions/refresh", { token: await expired(31) })).body.code).toBe("AUTH_ERROR");
    });
    test("a refresh after the visitor was deleted or the agent paused", async () => {
      const session = await server.createSession("public");
      await server.deps.db.as(SYSTEM, (trx) => trx.deleteFrom("visitors").where("id", "=", session.visitor_id).execute());
      expect((await server.call("POST", "/public/sessions/refresh", { token: session.token })).body.code).toBe("AUTH_ERROR");
      const paused = await server.createPublishedAgent({ name: "Soon paused" });
      const { token } = await server.createSession(paused.slug);
      await server.ok("POST", `/agents/${paused.id}/unpublish`);
      expect(await server.call("POST", "/public/sessions/refresh", { token })).toMatchObject({
        status: 404,
        body: { code: "AGENT_NOT_FOUND", agent_id: paused.id, paused: true },
      });
      expect(await server.call("GET", "/public/events", { token })).toMatchObject({
        status: 404,
        body: { code: "AGENT_NOT_FOUND", agent_id: paused.id },
      });
    });
    test("a draft and an unknown slug answer alike", async () => {
      const draft = await server.createAgent({ name: "Still a draft" });
      const ask = async (slug: string) => {
        const { status, body } = await server.call("GET", `/public/agents/${slug}`, { token: null });
        return { status, error: body.error, code: body.code, keys: Object.keys(body).sort() };
      };
      expect(await ask(draft.slug)).toEqual(await ask("no-such-agent"));
    });
  });

  test("an address may open only so many sessions an hour", async () => {
    const limited = await startTestServer({ db: await openDatabase(), limits: { sessionsPerHourPerIp: 3 } });
    try {
      const { slug } = await limited.createPublishedAgent();
      for (let n = 0; n < 3; n++) await limited.createSession(slug);
      const answer = await limited.call("POST", `/public/agents/${slug}/sessions`, { token: null, body: {} });
      expect(answer).toMatchObject({ status: 429, body: { code: "RATE_LIMITED" } });
      expect(answer.body.retry_after_ms).toBeGreaterThan(3_000_000);
      expect(Number(answer.headers.get("Retry-After"))).toBe(Math.ceil(answer.body.retry_after_ms / 1000));
      expect((await limited.call("GET", `/public/agents/${slug}`, { token: null })).status).toBe(200);
    } finally {
      await limited.stop();
    }
  });

  describe("headers", () => {
    test.each(["/public/agents/public", "/agents", "/widget/v1.js"])("any page may ask %s, without cookies", async (path) => {
      const preflight = await fetch(server.url + path, {
        method: "OPTIONS",
        headers: {
          Origin: "https://shop.example",
          "Access-Control-Request-Method": "POST",
          "Access-Control-Request-Headers": "authorization,content-type",
        },
      });
      expect(preflight.status).toBe(204);
      expect(preflight.headers.get("Access-Control-Allow-Origin")).toBe("*");
      expect(preflight.headers.get("Access-Control-Allow-Headers")).toMatch(/authorization/i);
      expect(preflight.headers.get("Access-Control-Allow-Credentials")).toBeNull();
    });
    test("what watches the process is not for other pages", async () => {
      for (const path of ["/metrics", "/readyz"])
        expect((await server.call("GET", path, { token: null })).headers.get("Access-Control-Allow-Origin")).toBeNull();
    });
    test.each(["/public/agents/public", "/public/agents/none", "/nothing", "/agents"])("%s is guarded", async (path) => {
      const { headers } = await server.call("GET", path, { token: null });
      expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
      expect(headers.get("Content-Security-Policy")).toContain("default-src 'none'");
      expect(headers.get("Referrer-Policy")).toBeTruthy();
      expect(headers.get("X-Request-Id")).toMatch(/^[0-9a-f-]{36}$/);
    });
  });

  test("health, readiness, metrics", async () => {
    expect(await server.ok("GET", "/healthz", { token: null })).toEqual({
      status: "ok",
      installation: expect.stringMatching(/^[\w-]{16}$/),
    });
    const ready = await server.ok("GET", "/readyz", { token: null });
    expect(ready).toMatchObject({ status: "ready", checks: { database: true, migrations: true, bus: true, registry: true } });
    const metrics = await server.call("GET", "/metrics", { token: null });
    expect(metrics.headers.get("Content-Type")).toMatch(/^text\/plain/);
    expect(metrics.body).toMatch(
      /renus_http_request_seconds_count\{method="GET",route="\/public\/agents\/:slug",status="200"\} \d+/,
    );
    expect(metrics.body).toContain("process_resident_memory_bytes");
    expect(metrics.body).not.toContain("no-such-agent");
  });
}
