import { sign } from "hono/jwt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestServer, type TestServer, type TestUser } from "../../tests/support/server.ts";
import type { Agent, PublicSession } from "../../protocol/resources.ts";
import type { Database } from "../db/database.ts";

const DAY = 24 * 60 * 60;
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

/** Who visitors are, on any database. */
export function identityCases(openDatabase: () => Promise<Database>): void {
  let server: TestServer;
  let agent: Agent;
  let secret: string;
  let stranger: TestUser;
  let people = 0;
  beforeAll(async () => {
    server = await startTestServer({ db: await openDatabase() });
    agent = await server.createPublishedAgent({ name: "Members" });
    ({ secret } = await server.ok("GET", `/agents/${agent.id}/identity`));
    stranger = await server.createUser({ role: "client", client_id: (await server.createClient()).id });
  });
  afterAll(() => server.stop());

  const tokenOf = (claims: Record<string, unknown>, key = secret) => sign({ exp: inSeconds(600), ...claims }, key, "HS256");
  const newPerson = () => `person-${++people}`;
  const begin = (body: Record<string, unknown> = {}, token: string | null = null) =>
    server.call<PublicSession>("POST", `/public/agents/${agent.slug}/sessions`, { token, body });
  const identify = (token: string, body: unknown) => server.call("POST", "/public/sessions/identify", { token, body });
  const conversation = (id: string) => server.ok("GET", `/conversations/${id}`);

  describe("the secret of an agent", () => {
    test("is made with it, stays the same, and ends with a new one", async () => {
      const own = await server.createPublishedAgent({ name: "Rotating" });
      const path = `/agents/${own.id}/identity`;
      const first = await server.ok("GET", path);
      expect(first.secret).toMatch(/^[\w-]{43,}$/);
      expect(await server.ok("GET", path)).toEqual(first);
      const user_token = await tokenOf({ sub: "a" }, first.secret);
      const start = () => server.call("POST", `/public/agents/${own.slug}/sessions`, { token: null, body: { user_token } });
      expect((await start()).status).toBe(201);
      const second = await server.ok("POST", `${path}/rotate`);
      expect(second.secret).not.toBe(first.secret);
      expect((await start()).status).toBe(401);
    });

    test("does not exist for other companies, visitors and nobody", async () => {
      const { body: session } = await begin();
      for (const [method, path] of [
        ["GET", `/agents/${agent.id}/identity`],
        ["POST", `/agents/${agent.id}/identity/rotate`],
      ] as const) {
        expect((await server.call(method, path, { token: stranger.token })).status).toBe(404);
        expect((await server.call(method, path, { token: session.token })).status).toBe(401);
        expect((await server.call(method, path, { token: null })).status).toBe(401);
      }
      expect((await server.ok("GET", `/agents/${agent.id}/identity`)).secret).toBe(secret);
    });

    test("is in no answer but its own", async () => {
      const { body: session } = await begin({ user_token: await tokenOf({ sub: newPerson() }) });
      const answers = [
        await server.ok("GET", `/agents/${agent.id}`),
        await server.ok("GET", "/agents"),
        await server.ok("GET", `/public/agents/${agent.slug}`, { token: null }),
        session,
      ];
      expect(JSON.stringify(answers)).not.toContain(secret);
    });
  });

  describe("a token of the site", () => {
    test("names a person, who finds their conversation on another device", async () => {
      const sub = newPerson();
      const { body: first } = await begin({ user_token: await tokenOf({ sub, name: "Ana", email: "ana@example.test" }) });
      expect(first.user).toEqual({ name: "Ana", email: "ana@example.test", verified: true });
      const { body: second } = await begin({ user_token: await tokenOf({ sub, name: "Ana Maria" }) });
      expect([second.visitor_id, second.conversation_id]).toEqual([first.visitor_id, first.conversation_id]);
      expect(second.user).toEqual({ name: "Ana Maria", email: null, verified: true });
      expect((await conversation(first.conversation_id)).visitor).toEqual(second.user);
    });

    test("makes of a stranger who they are, and the conversation goes on", async () => {
      const { body: session } = await begin({ name: "somebody" });
      expect(session.user).toEqual({ name: "somebody", email: null, verified: false });
      const answer = await identify(session.token, { user_token: await tokenOf({ sub: newPerson(), name: "Bea" }) });
      expect(answer.status).toBe(200);
      expect([answer.body.visitor_id, answer.body.conversation_id]).toEqual([session.visitor_id, session.conversation_id]);
      expect(answer.body.user).toEqual({ name: "Bea", email: null, verified: true });
    });

    test("of a known person leads to them; the stranger's conversation joins nobody", async () => {
      const sub = newPerson();
      const { body: known } = await begin({ user_token: await tokenOf({ sub }) });
      const { body: anonymous } = await begin();
      const { body } = await identify(anonymous.token, { user_token: await tokenOf({ sub }) });
      expect([body.visitor_id, body.conversation_id]).toEqual([known.visitor_id, known.conversation_id]);
      expect((await conversation(anonymous.conversation_id)).visitor).toEqual({ name: null, email: null, verified: false });
    });

    test("of somebody else never shows the former person's conversation", async () => {
      const { body: first } = await begin({ user_token: await tokenOf({ sub: newPerson(), name: "First" }) });
      const { body: second } = await identify(first.token, { user_token: await tokenOf({ sub: newPerson(), name: "Second" }) });
      expect(second.visitor_id).not.toBe(first.visitor_id);
      expect(second.conversation_id).not.toBe(first.conversation_id);
      expect((await conversation(first.conversation_id)).visitor.name).toBe("First");
    });

    test("with the person's own session begins a new conversation", async () => {
      const user_token = await tokenOf({ sub: newPerson() });
      const { body: first } = await begin({ user_token });
      const { body: second } = await begin({ user_token }, first.token);
      expect(second.visitor_id).toBe(first.visitor_id);
      expect(second.conversation_id).not.toBe(first.conversation_id);
    });

    test("twice at once is one person", async () => {
      const user_token = await tokenOf({ sub: newPerson() });
      const answers = await Promise.all([1, 2, 3, 4].map(() => begin({ user_token })));
      expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
      expect(new Set(answers.map(({ body }) => body.visitor_id)).size).toBe(1);
    });

    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    test.each<[string, () => Promise<string> | string, RegExp]>([
      ["signed with nothing", () => `${part({ alg: "none" })}.${part({ sub: "a", exp: inSeconds(60) })}.`, /HS256/],
      ["of another algorithm", () => sign({ sub: "a", exp: inSeconds(60) }, secret, "HS512"), /HS256/],
      ["signed with another secret", () => tokenOf({ sub: "a" }, "x".repeat(43)), /not signed with the identity secret/],
      [
        "with a changed payload",
        async () => {
          const [head, , signature] = (await tokenOf({ sub: "a" })).split(".");
          return `${head}.${part({ sub: "b", exp: inSeconds(60) })}.${signature}`;
        },
        /not signed/,
      ],
      ["that has expired", () => tokenOf({ sub: "a", exp: inSeconds(-1) }), /has expired/],
      ["without an end", () => sign({ sub: "a" }, secret, "HS256"), /no end/],
      ["with an end in words", () => tokenOf({ sub: "a", exp: "tomorrow" }), /no end/],
      ["that ends in a year", () => tokenOf({ sub: "a", exp: inSeconds(365 * DAY) }), /30 days/],
      ["of nobody", () => tokenOf({}), /claim sub/],
      ["of a number", () => tokenOf({ sub: 7 }), /claim sub/],
      ["with an endless name of its own", () => tokenOf({ sub: "a".repeat(201) }), /claim sub/],
      ["with rubbish for an address", () => tokenOf({ sub: "a", email: "no address" }), /claim email/],
      ["with a control character in the name", () => tokenOf({ sub: "a", name: "a\u0000b" }), /claim name/],
      ["of the server itself", async () => (await begin()).body.token, /not signed/],
      ["of ten thousand characters", () => "x".repeat(10_000), /longer than/],
      ["that is none", () => "hello", /no JWT/],
      ["that is empty", () => "", /no JWT/],
    ])("%s is refused in words, and changes nothing", async (_name, make, words) => {
      const { body: session } = await begin({ name: "Before" });
      const user_token = await make();
      for (const answer of [await begin({ user_token }), await identify(session.token, { user_token, name: "After" })]) {
        expect([answer.status, (answer.body as any).code]).toEqual([401, "AUTH_ERROR"]);
        expect((answer.body as any).error).toMatch(words);
        expect(JSON.stringify(answer.body)).not.toContain(secret);
      }
      expect((await conversation(session.conversation_id)).visitor).toEqual({ name: "Before", email: null, verified: false });
    });

    test("of another agent is refused", async () => {
      const other = await server.createPublishedAgent({ name: "Other members" });
      const { secret: otherSecret } = await server.ok("GET", `/agents/${other.id}/identity`);
      expect((await begin({ user_token: await tokenOf({ sub: "a" }, otherSecret) })).status).toBe(401);
    });
  });

  describe("what a page says without a token", () => {
    test("is shown as unverified, and a verified person's name stays", async () => {
      const { body: session } = await begin();
      const { body } = await identify(session.token, { name: "Carla", email: "carla@example.test" });
      expect(body.user).toEqual({ name: "Carla", email: "carla@example.test", verified: false });
      const { body: verified } = await begin({ user_token: await tokenOf({ sub: newPerson(), name: "Dora" }) });
      expect((await identify(verified.token, { name: "Mallory" })).body.user.name).toBe("Dora");
    });

    test("joins nobody, whatever name or address it gives", async () => {
      const email = "eva@example.test";
      const { body: eva } = await begin({ user_token: await tokenOf({ sub: newPerson(), name: "Eva", email }) });
      const { body: mallory } = await begin({ name: "Eva", email });
      expect(mallory.visitor_id).not.toBe(eva.visitor_id);
      const { body } = await identify(mallory.token, { name: "Eva", email });
      expect(body.visitor_id).toBe(mallory.visitor_id);
    });

    test("of itself is kept with the conversation, key by key", async () => {
      const { body: session } = await begin({ meta: { plan: "free", page: "home" }, widget_version: "0.1.0" });
      await identify(session.token, { meta: { plan: "pro" } });
      expect(await conversation(session.conversation_id)).toMatchObject({
        meta: { plan: "pro", page: "home" },
        widget_version: "0.1.0",
      });
    });

    test.each([
      ["nothing", {}],
      ["no address", { email: "nobody" }],
      ["a control character", { name: "a\u0000" }],
      ["too many keys", { meta: Object.fromEntries(Array.from({ length: 31 }, (_, at) => [`k${at}`, "v"])) }],
      ["a long value", { meta: { key: "v".repeat(501) } }],
      ["a value that is no text", { meta: { key: 1 } }],
    ])("%s is a VALIDATION_ERROR", async (_name, body) => {
      const { body: session } = await begin();
      const answer = await identify(session.token, body);
      expect([answer.status, answer.body.code]).toEqual([400, "VALIDATION_ERROR"]);
    });

    test("is bounded over all calls", async () => {
      const keys = (from: number) => Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`k${from + at}`, "v"]));
      const { body: session } = await begin({ meta: keys(0) });
      expect((await identify(session.token, { meta: keys(20) })).status).toBe(400);
      expect(Object.keys((await conversation(session.conversation_id)).meta)).toHaveLength(20);
    });
  });

  test("identifying needs a visitor's token", async () => {
    const body = { name: "Nobody" };
    expect((await server.call("POST", "/public/sessions/identify", { token: null, body })).status).toBe(401);
    expect((await server.call("POST", "/public/sessions/identify", { token: await server.adminToken(), body })).status).toBe(401);
  });
}
