import { createHmac } from "node:crypto";
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

    test("of somebody new is one person, from however many devices at once, and nobody's request fails", async () => {
      const user_token = await tokenOf({ sub: newPerson() });
      const strangers = await Promise.all(Array.from({ length: 6 }, () => begin()));
      const answers = await Promise.all([
        ...strangers.map(({ body }) => identify(body.token, { user_token })),
        ...Array.from({ length: 4 }, () => begin({ user_token })),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([...Array(6).fill(200), ...Array(4).fill(201)]);
      expect(new Set(answers.map(({ body }) => body.visitor_id)).size).toBe(1);
      expect(new Set(answers.map(({ body }) => body.conversation_id)).size).toBe(1);
    });

    test("of two people who change places at the same moment waits for nobody in a circle", async () => {
      const [a, b] = await Promise.all([tokenOf({ sub: newPerson() }), tokenOf({ sub: newPerson() })]);
      const [first, second] = [(await begin({ user_token: a })).body, (await begin({ user_token: b })).body];
      for (let round = 0; round < 5; round++) {
        const answers = await Promise.all([
          identify(first.token, { user_token: b }),
          identify(second.token, { user_token: a }),
          identify(first.token, { user_token: a }),
          identify(second.token, { user_token: b }),
        ]);
        expect(answers.map(({ body }) => body.visitor_id)).toEqual(
          [second, first, first, second].map(({ visitor_id }) => visitor_id),
        );
      }
    });

    test("of two people from one stranger's session at once: one becomes the stranger, the other somebody new", async () => {
      const { body: session } = await begin();
      const tokens = await Promise.all([tokenOf({ sub: newPerson(), name: "A" }), tokenOf({ sub: newPerson(), name: "B" })]);
      const answers = await Promise.all(tokens.map((user_token) => identify(session.token, { user_token })));
      expect(answers.map(({ body }) => body.user.name)).toEqual(["A", "B"]);
      const visitors = answers.map(({ body }) => body.visitor_id);
      expect(new Set(visitors).size).toBe(2);
      expect(visitors).toContain(session.visitor_id);
    });

    test("of a person whose conversation has ended begins a new one, with what is known of the page", async () => {
      const user_token = await tokenOf({ sub: newPerson() });
      const { body: ended } = await begin({ user_token });
      await server.ok("POST", `/conversations/${ended.conversation_id}/close`);
      const page = { locale: "pt-BR", page_url: "https://shop.example/cart", source: "door", widget_version: "9" };
      const { body: stranger } = await begin({ ...page, meta: { plan: "free" } });
      const { body: back } = await identify(stranger.token, { user_token, meta: { cart: "2" } });
      expect(back.visitor_id).toBe(ended.visitor_id);
      expect(back.conversation_id).not.toBe(ended.conversation_id);
      expect(await conversation(back.conversation_id)).toMatchObject({ ...page, meta: { plan: "free", cart: "2" } });
      // What the page said of one person is not said of the next.
      const { body: next } = await identify(back.token, { user_token: await tokenOf({ sub: newPerson() }), meta: { cart: "0" } });
      expect(await conversation(next.conversation_id)).toMatchObject({ ...page, meta: { cart: "0" } });
    });

    test("of a person who comes back brings what the page says now", async () => {
      const user_token = await tokenOf({ sub: newPerson() });
      const { body: first } = await begin({ user_token, meta: { page: "home", plan: "free" }, widget_version: "1" });
      await begin({ user_token, meta: { page: "cart" }, widget_version: "2" });
      expect(await conversation(first.conversation_id)).toMatchObject({
        meta: { page: "cart", plan: "free" },
        widget_version: "2",
      });
    });

    test("may leave name and address empty; an unverified name never becomes a verified one", async () => {
      const { body: session } = await begin({ name: "The director", email: "director@example.test" });
      for (const nothing of [{}, { name: "", email: "" }, { name: null, email: null }, { name: "  " }]) {
        const { body } = await identify(session.token, { user_token: await tokenOf({ sub: "the same", ...nothing }) });
        expect(body.user).toEqual({ name: null, email: null, verified: true });
      }
    });

    test("names two people by two ids, whatever differs in them", async () => {
      const ids = ["7", "07", " 7", "7 ", "seven", "SEVEN", "ﬀ", "ff", "é", "e\u0301"];
      const visitors = new Set<string>();
      for (const sub of ids) visitors.add((await begin({ user_token: await tokenOf({ sub }) })).body.visitor_id);
      expect(visitors.size).toBe(ids.length);
    });

    test("may end in exactly 30 days by a clock that is a little fast", async () => {
      const user_token = await tokenOf({ sub: newPerson(), exp: inSeconds(30 * DAY + 30) });
      expect((await begin({ user_token })).status).toBe(201);
    });

    test("of one agent's person says nothing about another agent's", async () => {
      const other = await server.createPublishedAgent({ name: "Next door" });
      const { secret: otherSecret } = await server.ok("GET", `/agents/${other.id}/identity`);
      const sub = newPerson();
      const { body: here } = await begin({ user_token: await tokenOf({ sub }) });
      const there = await server.createSession(other.slug, { body: { user_token: await tokenOf({ sub }, otherSecret) } });
      expect(there.visitor_id).not.toBe(here.visitor_id);
    });

    test("twice at once is one person", async () => {
      const user_token = await tokenOf({ sub: newPerson() });
      const answers = await Promise.all([1, 2, 3, 4].map(() => begin({ user_token })));
      expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
      expect(new Set(answers.map(({ body }) => body.visitor_id)).size).toBe(1);
    });

    const part = (value: unknown) => (Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value))).toString("base64url");
    /** Past every library: signed as it is. */
    const signed = (claims: unknown, key = secret, alg = "HS256") => {
      const body = `${part({ alg })}.${part(claims)}`;
      return `${body}.${createHmac("sha256", key).update(body).digest("base64url")}`;
    };
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
      ["that ends in milliseconds", () => tokenOf({ sub: "a", exp: Date.now() + 60_000 }), /seconds since 1970/],
      ["that begins tomorrow", () => tokenOf({ sub: "a", nbf: inSeconds(DAY) }), /not valid yet/],
      ["of nobody", () => tokenOf({}), /claim sub/],
      ["of blanks", () => tokenOf({ sub: " \n" }), /claim sub/],
      ["of an id that cannot be stored", () => tokenOf({ sub: "a\u0000" }), /claim sub/],
      ["of half a character", () => tokenOf({ sub: "a\ud800" }), /claim sub/],
      ["of a list", () => tokenOf({ sub: ["a"] }), /claim sub/],
      ["with a long name", () => tokenOf({ sub: "a", name: "n".repeat(121) }), /claim name/],
      ["whose claims are a list", () => signed([1]), /no end/],
      ["whose claims are null", () => signed(null), /no JWT/],
      ["whose claims are no JSON", () => signed(Buffer.from("{")), /no JWT/],
      ["signed with an empty secret", () => signed({ sub: "a", exp: inSeconds(60) }, ""), /not signed/],
      [
        "that names HS256 and holds no signature",
        () => `${part({ alg: "HS256" })}.${part({ sub: "a", exp: inSeconds(60) })}.`,
        /not signed/,
      ],
      ["that names its algorithm in small letters", () => signed({ sub: "a", exp: inSeconds(60) }, secret, "hs256"), /HS256/],
      ["of another kind, with five parts", () => "a.b.c.d.e", /no JWT/],
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
      ["a list", { meta: ["a"] }],
      ["a key without a name", { meta: { " ": "v" } }],
      ["a key of 41 characters", { meta: { ["k".repeat(41)]: "v" } }],
      ["a key that cannot be stored", { meta: { "a\u0000": "v" } }],
      ["a token that is no text", { user_token: { sub: "a" } }],
      ["only nulls", { user_token: null, name: null, email: null, meta: null }],
      ["a long address", { email: `${"a".repeat(250)}@example.test` }],
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

  test("identifying too often is RATE_LIMITED, like frames", async () => {
    const limited = await startTestServer({ db: await openDatabase(), limits: { framesPerMinute: 3 } });
    try {
      const { slug } = await limited.createPublishedAgent();
      const { token } = await limited.createSession(slug);
      const ask = () => limited.call("POST", "/public/sessions/identify", { token, body: { name: "Ana" } });
      for (let n = 0; n < 3; n++) expect((await ask()).status).toBe(200);
      expect(await ask()).toMatchObject({ status: 429, body: { code: "RATE_LIMITED", retry_after_ms: expect.any(Number) } });
    } finally {
      await limited.stop();
    }
  });

  test("who somebody is stands beside their conversation, for their company alone", async () => {
    const { body: session } = await begin({
      user_token: await tokenOf({ sub: newPerson(), name: "Ana" }),
      meta: { plan: "pro" },
    });
    const { conversation_id: id } = session;
    const who = { visitor: { name: "Ana", email: null, verified: true }, meta: { plan: "pro" } };
    const own = await server.createUser({ role: "client", client_id: agent.client_id });
    for (const token of [own.token, undefined]) {
      const path = `/conversations/${id}`;
      expect(await server.ok("GET", path, { token })).toMatchObject(who);
      const { data } = await server.ok("GET", `/conversations?agent_id=${agent.id}&limit=100`, { token });
      expect(data.find((one: { id: string }) => one.id === id)).toMatchObject(who);
    }
    for (const verb of ["take-over", "take-over", "hand-back", "hand-back", "close", "close"])
      expect(await server.ok("POST", `/conversations/${id}/${verb}`, { token: own.token })).toMatchObject(who);
    expect((await server.call("GET", `/conversations/${id}`, { token: stranger.token })).status).toBe(404);
    expect(JSON.stringify(await server.ok("GET", "/conversations?limit=100", { token: stranger.token }))).not.toContain("Ana");
  });

  test("a refresh says who it is, too", async () => {
    const { body: session } = await begin({ user_token: await tokenOf({ sub: newPerson(), name: "Ana" }) });
    expect((await server.ok("POST", "/public/sessions/refresh", { token: session.token })).user).toEqual(session.user);
  });

  test("a paused agent identifies nobody, and a visitor who was deleted has no session", async () => {
    const own = await server.createPublishedAgent({ name: "Soon away" });
    const { token, visitor_id } = await server.createSession(own.slug);
    await server.ok("POST", `/agents/${own.id}/unpublish`);
    expect((await identify(token, { name: "Ana" })).body).toMatchObject({ code: "AGENT_NOT_FOUND", paused: true });
    await server.publish(own.id);
    await server.deps.db.as({ kind: "system" }, (trx) => trx.deleteFrom("visitors").where("id", "=", visitor_id).execute());
    expect((await identify(token, { name: "Ana" })).body.code).toBe("AUTH_ERROR");
  });

  test("identifying needs a visitor's token", async () => {
    const body = { name: "Nobody" };
    expect((await server.call("POST", "/public/sessions/identify", { token: null, body })).status).toBe(401);
    expect((await server.call("POST", "/public/sessions/identify", { token: await server.adminToken(), body })).status).toBe(401);
  });
}
