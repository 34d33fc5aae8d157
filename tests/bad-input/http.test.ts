import { readFileSync } from "node:fs";
import { sign } from "hono/jwt";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { LIMITS } from "../../protocol/codes.ts";
import type { Agent, SubAgent } from "../../protocol/resources.ts";
import { startTestServer, type TestServer, type TestUser } from "../support/server.ts";
import { fingerprint } from "./fingerprint.ts";

/** Every route of the reviewed document; a new route is tested the moment it is documented. */
const document = JSON.parse(readFileSync(new URL("../../docs/openapi.json", import.meta.url), "utf8"));
const OPERATIONS = Object.entries<Record<string, any>>(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({
    id: operation.operationId as string,
    method: method.toUpperCase(),
    path,
    scheme: schemeOf(operation.security ?? []),
    takesBody: operation.requestBody !== undefined,
    takesQuery: (operation.parameters ?? []).some((parameter: { in: string }) => parameter.in === "query"),
  })),
);
/** What a caller cannot do without. */
function schemeOf(security: Record<string, string[]>[]): "bearer" | "visitor" | null {
  const names = security.flatMap((entry) => Object.keys(entry));
  if (security.length === 0 || security.some((entry) => Object.keys(entry).length === 0)) return null;
  return names.includes("visitor") ? "visitor" : "bearer";
}
// Sign-in has Supabase Auth's shapes and a suite of its own.
const OURS = OPERATIONS.filter(({ path }) => !path.startsWith("/auth/v1"));
const UNKNOWN_ID = "00000000-0000-4000-8000-000000000000";

/** A body that would work, for each route that takes one. */
const BODIES: Record<string, unknown> = {
  createAgent: { name: "Valid" },
  updateAgent: { name: "Valid" },
  duplicateAgent: { name: "Valid" },
  setPicture: { data: "iVBORw0KGgo=" },
  createSubAgent: { name: "Valid", topics: ["a"], system_prompt: "Valid" },
  updateSubAgent: { name: "Valid" },
  startWizard: { name: "Valid" },
  saveWizardStep: { name: "Valid" },
  tryInSandbox: { message: "Valid" },
  testRoute: { message: "Valid" },
  createPublicSession: {},
  createClient: { name: "Valid" },
  createWebhook: { url: "https://shop.example/hook", events: ["message.created"] },
  updateWebhook: { events: ["message.created"] },
  createApiKey: { name: "Valid", client_id: null, scopes: ["read"] },
  updateClient: { name: "Valid" },
  createUser: { email: "valid@example.test", password: "long enough", role: "admin" },
  updateUser: { name: "Valid" },
  postOperatorMessage: { content: "Valid" },
  createNote: { content: "Valid" },
  updateNote: { content: "Valid" },
  correctRouting: { sub_agent_id: null },
  createCannedReply: { shortcut: "valid", content: "Valid" },
  updateCannedReply: { content: "Valid" },
  postFrame: { type: "ping" },
  identifyVisitor: { name: "Valid" },
};
const bodyOf = (id: string) => BODIES[id] ?? {};

let server: TestServer;
let owner: TestUser;
let stranger: TestUser;
let agent: Agent;
let subAgent: SubAgent;
let conversationId: string;
let visitorToken: string;
let before: Record<string, string>;

beforeAll(async () => {
  server = await startTestServer();
  const [ours, theirs] = [await server.createClient("Ours"), await server.createClient("Theirs")];
  owner = await server.createUser({ role: "client", client_id: ours.id });
  stranger = await server.createUser({ role: "client", client_id: theirs.id });
  agent = await server.createPublishedAgent({ name: "Target" }, owner.token);
  subAgent = await server.createSubAgent(agent.id, {}, owner.token);
  const session = await server.createSession(agent.slug);
  conversationId = session.conversation_id;
  visitorToken = session.token;
  // Signs in, once.
  await server.adminToken();
});
afterAll(() => server.stop());

beforeEach(async () => {
  before = await fingerprint(server.deps.db);
});
afterEach(async () => {
  expect((await server.call("GET", "/healthz")).status).toBe(200);
  expect(await fingerprint(server.deps.db)).toEqual(before);
});

/** The route with real ids, or with `id` in their place. */
function address(path: string, id?: string): string {
  return path
    .replace("{sid}", id ?? subAgent.id)
    .replace("{n}", "1")
    .replace("{slug}", id ?? agent.slug)
    .replace("{id}", id ?? (path.startsWith("/conversations") ? conversationId : agent.id));
}

function expectError(answer: { status: number; body: any }, status: number, code: string | RegExp): void {
  expect(answer).toMatchObject({ status, body: { error: expect.stringMatching(/\S/), request_id: expect.any(String) } });
  expect(answer.body.code).toMatch(code);
  expect(JSON.stringify(answer.body)).not.toMatch(/at .+:\d+:\d+|syntax error|invalid input|violates/);
}

describe("no valid token", () => {
  const guarded = OURS.filter(({ scheme }) => scheme !== null);
  test.each(guarded)("$method $path", async ({ id, method, path, scheme, takesBody }) => {
    const { jwtSecret } = server.deps.config;
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: "renus",
      aud: scheme === "bearer" ? "authenticated" : "renus:visitor",
      sub: owner.id,
      role: "authenticated",
    };
    const tokens = [
      null,
      "x",
      "a.b.c",
      `rns_${"x".repeat(43)}`,
      await sign({ ...claims, iat: now - 7200, exp: now - 3600 }, jwtSecret, "HS256"),
      await sign({ ...claims, iat: now, exp: now + 600 }, `${jwtSecret}?`, "HS256"),
      `${Buffer.from('{"alg":"none","typ":"JWT"}').toString("base64url")}.${Buffer.from(JSON.stringify({ ...claims, exp: now + 600 })).toString("base64url")}.`,
      // The fallback transport carries what a socket carries, and people have sockets too.
      ...(scheme === "bearer" ? [visitorToken] : ["refreshPublicSession", "identifyVisitor"].includes(id) ? [owner.token] : []),
    ];
    for (const token of tokens) {
      const answer = await server.call(method, address(path), { token, ...(takesBody ? { body: bodyOf(id) } : {}) });
      expectError(answer, 401, "AUTH_ERROR");
    }
  });
});

describe("what a caller may not see answers like what does not exist", () => {
  const withIds = OURS.filter(({ scheme, path }) => scheme === "bearer" && /^\/(agents|conversations)\/.*\{id\}/.test(path));
  test.each(withIds)("$method $path", async ({ id, method, path, takesBody }) => {
    const ask = async (objectId?: string) => {
      const answer = await server.call(method, address(path, objectId), {
        token: stranger.token,
        ...(takesBody ? { body: bodyOf(id) } : {}),
      });
      const { request_id: _, agent_id: __, ...body } = answer.body;
      return { status: answer.status, body };
    };
    const unknown = await ask(UNKNOWN_ID);
    expect([400, 404]).toContain(unknown.status);
    expect(unknown.body.code).toMatch(/_NOT_FOUND$|^NOT_FOUND$|^INVALID_AGENT_ID$/);
    expect(await ask()).toEqual(unknown);
    for (const absurd of ["1", "%00", "null", "..%2f..", "'%20or%20'1'='1", "%E0%A4%A", "%F0%9F%90%B4", "x".repeat(2000)])
      expect(await ask(absurd), absurd).toEqual(unknown);
  });

  test("a sub-agent is found under its own agent alone", async () => {
    const other = OURS.filter(({ path }) => path.endsWith("{sid}"));
    for (const { id, method, path, takesBody } of other) {
      const wrong = path.replace("{id}", agent.id).replace("{sid}", UNKNOWN_ID);
      const answer = await server.call(method, wrong, { token: owner.token, ...(takesBody ? { body: bodyOf(id) } : {}) });
      expectError(answer, 404, "SUB_AGENT_NOT_FOUND");
    }
  });

  test.each(["unknown", "%00", "A", "-", "..%2f", "x".repeat(2000), "%F0%9F%90%B4"])("public slug %s", async (slug) => {
    expectError(await server.call("GET", `/public/agents/${slug}`, { token: null }), 404, "AGENT_NOT_FOUND");
    expectError(await server.call("POST", `/public/agents/${slug}/sessions`, { token: null, body: {} }), 404, "AGENT_NOT_FOUND");
    expectError(await server.call("GET", `/a/${slug}/qr.svg`, { token: null }), 404, "AGENT_NOT_FOUND");
  });
});

describe("bodies that are not what the route takes", () => {
  const withBody = OURS.filter(({ takesBody }) => takesBody);
  const token = async (scheme: string | null) => (scheme === "bearer" ? server.adminToken() : visitorToken);

  test.each(withBody)("$method $path", async ({ method, path, scheme }) => {
    const deep = `${"[".repeat(5000)}${"]".repeat(5000)}`;
    for (const body of ["{", "", "undefined", "\u0000", "null", "[]", '"text"', "1", deep, `{"name":${deep}`, '{"a":1}}']) {
      const answer = await server.call(method, address(path), { token: await token(scheme), body });
      expectError(answer, 400, /VALIDATION_ERROR|INVALID_AGENT_ID/);
    }
  });
  test.each(withBody)("$method $path, oversized", async ({ id, method, path, scheme }) => {
    const bytes = path.startsWith("/public/") ? LIMITS.publicBodyBytesMax : LIMITS.adminBodyBytesMax;
    const body = JSON.stringify({ ...(bodyOf(id) as object), padding: "x".repeat(bytes) });
    expectError(await server.call(method, address(path), { token: await token(scheme), body }), 413, "PAYLOAD_TOO_LARGE");
    // Without a length the bytes have to be counted as they come.
    const chunked = await fetch(server.url + address(path), {
      method,
      headers: { Authorization: `Bearer ${await token(scheme)}`, "Content-Type": "application/json" },
      body: new Blob([body]).stream(),
      duplex: "half",
    } as RequestInit);
    expectError({ status: chunked.status, body: await chunked.json() }, 413, "PAYLOAD_TOO_LARGE");
  });
  test.each(withBody)("$method $path, as a form", async ({ method, path, scheme }) => {
    if (path === "/public/agents/{slug}/sessions" || path === "/agents/wizard/start") return;
    const answer = await server.call(method, address(path), {
      token: await token(scheme),
      body: "name=x&message=x",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
    });
    expectError(answer, 400, /VALIDATION_ERROR|INVALID_AGENT_ID/);
  });
});

describe("values that no field takes", () => {
  const NOT_TEXT = [1, true, [], {}, ["a"], { a: 1 }];
  const NOT_A_NAME = [
    ...NOT_TEXT,
    null,
    "",
    "   ",
    "\t\n",
    "\u00a0",
    "a\u0000b",
    "a\u001bb",
    "a\u0085b",
    "a\nb",
    "x\ud800",
    "x".repeat(121),
  ];
  const NOT_LONG_TEXT = [...NOT_TEXT, "a\u0000b", "a\u001bb", "\udc00x"];
  const NOT_AN_OBJECT = [1, "x", [], true, null];
  const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) });
  const NOT_STORABLE = [...NOT_AN_OBJECT, { a: "\u0000" }, { "\u0000": 1 }, { a: ["\ud800"] }, nested(40)];
  const NOT_TOPICS = [
    null,
    "prices",
    1,
    {},
    [1],
    [""],
    [" "],
    [null],
    ["x".repeat(81)],
    ["a\u0000"],
    Array.from({ length: 10_000 }, (_, n) => `t${n}`),
  ];

  const AGENT: Record<string, unknown[]> = {
    name: NOT_A_NAME,
    description: [...NOT_LONG_TEXT, "x".repeat(2001)],
    slug: [...NOT_TEXT, null, "", "A", "a b", "-a", "a-", "a--b", "ä", "a/b", "..", "x".repeat(81), "a\u0000"],
    model: [...NOT_A_NAME.filter((value) => value !== "x".repeat(121)), "x".repeat(201)],
    system_prompt: [...NOT_LONG_TEXT, null, "", "  \n", "x".repeat(32_001)],
    channel: [...NOT_TEXT, null, "", "a\u0000"],
    template_type: [...NOT_TEXT, "", "a\u0000"],
    config: [
      ...NOT_STORABLE,
      { appearance: { color: "red;}body{" } },
      { appearance: { avatar_url: "javascript:alert(1)" } },
      { starters: ["1", "2", "3", "4", "5"] },
      { greeting: 1 },
      { allowed_origins: "https://shop.example" },
      { allowed_origins: ["shop.example"] },
      { allowed_origins: ["https://shop.example", "https://*.com"] },
    ],
  };
  const SUB_AGENT: Record<string, unknown[]> = {
    name: NOT_A_NAME,
    topics: NOT_TOPICS,
    system_prompt: AGENT.system_prompt!,
    is_active: ["true", 1, null, {}],
    knowledge_base: NOT_STORABLE,
    fine_tuning_config: NOT_STORABLE,
  };
  const VISITOR: Record<string, unknown[]> = {
    user_token: NOT_TEXT.filter((value) => typeof value !== "string"),
    name: NOT_A_NAME.filter((value) => value !== null),
    email: [...NOT_TEXT, "", "nobody", "a@b", `${"a".repeat(250)}@example.test`, "a\u0000@example.test"],
    meta: [
      1,
      "x",
      [],
      ["a"],
      { a: 1 },
      { a: null },
      { a: {} },
      { a: "x".repeat(501) },
      { a: "\u0000" },
      { "a\u0000": "x" },
      { "": "x" },
      { ["k".repeat(41)]: "x" },
      Object.fromEntries(Array.from({ length: 31 }, (_, n) => [`k${n}`, "x"])),
    ],
  };
  const refuse = async (method: string, path: string, valid: object, fields: Record<string, unknown[]>) => {
    for (const [field, values] of Object.entries(fields)) {
      for (const value of values) {
        const answer = await server.call(method, path, { body: { ...valid, [field]: value } });
        expectError(answer, 400, "VALIDATION_ERROR");
        expect(answer.body.issues[0].path, JSON.stringify(value)?.slice(0, 80)).toMatch(new RegExp(`^${field}`));
      }
    }
  };

  test("agents", async () => {
    await refuse("POST", "/agents", { name: "Valid" }, { ...AGENT, client_id: ["x", 1, null, UNKNOWN_ID, "a\u0000"] });
    await refuse("PATCH", `/agents/${agent.id}`, {}, AGENT);
  });
  test("sub-agents", async () => {
    const path = `/agents/${agent.id}/sub-agents`;
    await refuse("POST", path, { name: "Valid", topics: [], system_prompt: "Valid" }, SUB_AGENT);
    await refuse("PATCH", `${path}/${subAgent.id}`, {}, SUB_AGENT);
  });
  test("wizard", async () => {
    const path = `/agents/wizard/${agent.id}/step`;
    await refuse("POST", "/agents/wizard/start", {}, { name: NOT_A_NAME, client_id: ["x", UNKNOWN_ID] });
    await refuse("PUT", `${path}/1`, { name: "Valid" }, { name: NOT_A_NAME, niche: [1, "a\u0000"] });
    await refuse(
      "PUT",
      `${path}/2`,
      { personality: "Valid", tone: "Valid" },
      { personality: [1, "", " ", "\u0000"], tone: NOT_A_NAME.slice(0, 10) },
    );
    const field = { key: "email", label: "E-mail", type: "email", required: true };
    await refuse(
      "PUT",
      `${path}/3`,
      { fields: [] },
      {
        fields: [
          1,
          {},
          [1],
          [{ ...field, type: "script" }],
          [{ ...field, key: "a b" }],
          [{ ...field, label: "" }],
          Array(31).fill(field),
        ],
        starters: [1, [""], ["1", "2", "3", "4", "5"]],
      },
    );
    await refuse("PUT", `${path}/4`, { integrations: {} }, { integrations: NOT_STORABLE, model: ["", 1] });
    for (const step of ["0", "5", "-1", "1.5", "01", "NaN", "one", "%00", "1%20"]) {
      expectError(await server.call("PUT", `${path}/${step}`, { body: { name: "Valid" } }), 400, "VALIDATION_ERROR");
    }
  });
  test("messages to try", async () => {
    const fields = {
      message: [...NOT_LONG_TEXT, "", " \n ", "x".repeat(4001)],
      history: [1, [1], [{ role: "system", content: "x" }]],
    };
    await refuse("POST", `/agents/${agent.id}/route`, { message: "Valid" }, fields);
    await refuse("POST", `/agents/wizard/${agent.id}/sandbox`, { message: "Valid" }, fields);
  });
  test("public sessions", async () => {
    const fields = {
      locale: [1, "x".repeat(36), "\u0000"],
      page_url: [1, "x".repeat(2049), "\ud800"],
      source: [{}, "\u0000"],
      widget_version: [1, null, "x".repeat(41), "\u0000"],
      ...VISITOR,
    };
    await refuse("POST", `/public/agents/${agent.slug}/sessions`, {}, fields);
  });
  test("who a visitor is", async () => {
    for (const [field, values] of Object.entries(VISITOR)) {
      for (const value of values) {
        const body = { name: "Valid", meta: { plan: "valid" }, [field]: value };
        const answer = await server.call("POST", "/public/sessions/identify", { token: visitorToken, body });
        expectError(answer, 400, "VALIDATION_ERROR");
        expect(answer.body.issues[0].path, JSON.stringify(value)?.slice(0, 80)).toMatch(new RegExp(`^${field}`));
      }
    }
  });
  test("tokens that no site has signed", async () => {
    const unsigned = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from('{"sub":"1"}').toString("base64url")}.`;
    for (const user_token of ["", "x", "a.b.c", unsigned, visitorToken, owner.token, "\u0000", "x".repeat(20_000)]) {
      const body = { user_token, name: "Ignored", meta: { plan: "ignored" } };
      expectError(await server.call("POST", "/public/sessions/identify", { token: visitorToken, body }), 401, "AUTH_ERROR");
      const path = `/public/agents/${agent.slug}/sessions`;
      expectError(await server.call("POST", path, { token: null, body }), 401, "AUTH_ERROR");
    }
  });
  test("queries", async () => {
    const bad = [
      "limit=0",
      "limit=101",
      "limit=x",
      "limit=-1",
      "limit=1.5",
      "limit=NaN",
      "cursor=x",
      "cursor=%00",
      "cursor=W10",
      "cursor=bnVsbA",
    ];
    for (const query of [...bad, "status=deleted", "q=%00", `q=${"x".repeat(201)}`])
      expectError(await server.call("GET", `/agents?${query}`), 400, "VALIDATION_ERROR");
    for (const query of bad)
      expectError(await server.call("GET", `/agents/${agent.id}/sub-agents?${query}`), 400, "VALIDATION_ERROR");
    for (const size of ["63", "2049", "x", "-1", "1e9"])
      expectError(await server.call("GET", `/agents/${agent.id}/qr.png?size=${size}`), 400, "VALIDATION_ERROR");
  });
  test("a taken slug", async () => {
    const body = { name: "Valid", slug: agent.slug };
    // Another company's slug is no secret: its page is public.
    expectError(await server.call("POST", "/agents", { body, token: stranger.token }), 409, "SLUG_TAKEN");
  });
});
