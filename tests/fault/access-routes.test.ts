import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createApp } from "../../api/app.ts";
import { fingerprint } from "../bad-input/fingerprint.ts";
import { ADMIN, startTestServer, type TestServer } from "../support/server.ts";
import { CALLERS, createWorld, SECRET, withoutIds, type Caller, type Target } from "./access-world.ts";

/**
 * Every route × every caller. A cell is the status, with the code of a refusal where the status does not say it. The routes
 * are the ones that the app really has: one without a row fails.
 */
interface Row {
  cells: string;
  body?: (target: Target) => unknown;
  query?: string;
  /** Takes visitors' tokens: `expired` and `revoked` are a visitor's then. */
  isChat?: true;
  /** What everybody may read. */
  isPublic?: true;
  /** Nobody can do it a second time. */
  spends?: true;
}

const CODES: Record<string, string> = { 401: "AUTH_ERROR", 403: "FORBIDDEN" };
const AGENT = "404:AGENT_NOT_FOUND";
const CONVERSATION = "404:CONVERSATION_NOT_FOUND";
const NOT_FOUND = "404:NOT_FOUND";
/** Visitors are nobody at the desk. A key reaches what a person of its company does; `reading`: the one that may only read. */
const desk = (operator: string, foreign: string, administrator: string, reading = "403", key = operator) =>
  `401 401 401 401 ${operator} ${foreign} ${administrator} 401 401 ${reading} ${key} ${foreign} ${administrator}`;
const reads = (operator: string, foreign: string, administrator: string) => desk(operator, foreign, administrator, operator);
const admins = (status: string) => desk("403", "403", status);
/** No key, whatever it may do. */
const people = (status: string) => `401 401 401 401 403 403 ${status} 401 401 403 403 403 403`;
const open = (cell: string): Row => ({ cells: Array(CALLERS.length).fill(cell).join(" "), isPublic: true });
const supabase = (status: string) => {
  const none = "403:bad_jwt";
  return `401:no_authorization ${none} ${none} ${none} ${status} ${status} ${status} ${none} 403:session_not_found ${none} ${none} ${none} ${none}`;
};

const ROWS: Record<string, Row> = {
  "GET /": open("302"),
  "GET /admin": open("302"),
  "GET /admin/*": open("200"),
  "GET /admin/assets/:file": open(NOT_FOUND),
  "GET /admin/preview": open("200"),
  "GET /widget/v1.js": open("200"),
  "GET /widget/assets/:name{[\\w-]+\\.(?:js|css)}": open(NOT_FOUND),
  "GET /pictures/:name": open(NOT_FOUND),
  "GET /openapi.json": open("200"),
  "GET /docs": open("200"),
  "GET /healthz": open("200"),
  "GET /readyz": open("200"),
  "GET /metrics": open("200"),
  "GET /a/:slug": open("200"),
  "GET /a/:slug/manifest.webmanifest": open("200"),
  "GET /a/:slug/icon.svg": open("200"),
  "GET /a/:slug/qr.svg": open("200"),
  "GET /a/:slug/qr.png": open("200"),
  "GET /public/agents/:slug": open("200"),

  "GET /auth/config": open("200"),
  "GET /auth/v1/health": open("200"),
  "GET /auth/v1/settings": open("200"),
  "GET /auth/v1/.well-known/jwks.json": open("200"),
  "POST /auth/v1/signup": open("422:signup_disabled"),
  "POST /auth/v1/token": { ...open("200"), query: "?grant_type=password", body: () => ADMIN },
  "GET /auth/v1/user": { cells: supabase("200") },
  "PUT /auth/v1/user": { cells: supabase("200"), body: () => ({ data: { theme: "dark" } }) },
  "POST /auth/v1/logout": { cells: supabase("204"), spends: true },
  "GET /me": { cells: reads("200", "200", "200") },

  "GET /clients": { cells: admins("200") },
  "POST /clients": { cells: admins("201"), body: () => ({ name: "Fresh" }) },
  "GET /clients/:id": { cells: admins("200") },
  "PATCH /clients/:id": { cells: admins("200"), body: () => ({ name: "Fresh" }) },
  "DELETE /clients/:id": { cells: admins("204") },
  "GET /users": { cells: people("200") },
  "POST /users": {
    cells: people("201"),
    body: () => ({ email: `${randomUUID()}@example.test`, password: "long enough", role: "admin" }),
  },
  "PATCH /users/:id": { cells: people("200"), body: () => ({ name: "Fresh" }) },
  "DELETE /users/:id": { cells: people("204") },

  "GET /api-keys": { cells: people("200") },
  "POST /api-keys": { cells: people("201"), body: () => ({ name: "Fresh", client_id: null, scopes: ["read"] }) },
  "DELETE /api-keys/:id": { cells: people("204") },

  "POST /agents/wizard/start": { cells: desk("201", "201", "201"), body: () => ({ name: "Fresh" }) },
  // A person's own company, whatever they ask for; the answer names no other.
  "POST /agents/wizard/start (of a company)": {
    cells: desk("201", "201", "201"),
    body: ({ client_id }) => ({ name: "Fresh", client_id }),
  },
  "GET /agents/wizard/:id": { cells: reads("200", AGENT, "200") },
  "PUT /agents/wizard/:id/step/:n": { cells: desk("200", AGENT, "200"), body: () => ({ name: "Fresh" }) },
  "POST /agents/wizard/:id/sandbox": { cells: desk("200", AGENT, "200"), body: () => ({ message: "Hello" }) },
  "POST /agents/wizard/:id/publish": { cells: desk("200", AGENT, "200") },

  "GET /agents": { cells: reads("200", "200", "200") },
  "POST /agents": { cells: desk("201", "201", "201"), body: () => ({ name: "Fresh" }) },
  "POST /agents (of a company)": {
    cells: desk("201", "201", "201"),
    body: ({ client_id }) => ({ name: "Fresh", client_id }),
  },
  "GET /agents/:id": { cells: reads("200", AGENT, "200") },
  "PATCH /agents/:id": { cells: desk("200", AGENT, "200"), body: () => ({ name: "Fresh" }) },
  "DELETE /agents/:id": { cells: desk("204", AGENT, "204") },
  "PUT /agents/:id/picture": { cells: desk("200", AGENT, "200"), body: () => ({ data: "iVBORw0KGgo=" }) },
  "POST /agents/:id/publish": { cells: desk("200", AGENT, "200") },
  "POST /agents/:id/unpublish": { cells: desk("200", AGENT, "200"), spends: true },
  "POST /agents/:id/duplicate": { cells: desk("201", AGENT, "201"), body: () => ({ name: "Fresh" }) },
  "GET /agents/:id/installs": { cells: reads("200", AGENT, "200") },
  "GET /agents/:id/identity": { cells: desk("200", AGENT, "200") },
  "POST /agents/:id/identity/rotate": { cells: desk("200", AGENT, "200") },
  "GET /agents/:id/usage": { cells: reads("200", AGENT, "200") },
  "GET /agents/:id/routing-examples": { cells: reads("200", AGENT, "200") },
  "POST /agents/:id/route": { cells: desk("200", AGENT, "200"), body: () => ({ message: "Hello" }) },
  "GET /agents/:id/qr.svg": { cells: reads("200", AGENT, "200") },
  "GET /agents/:id/qr.png": { cells: reads("200", AGENT, "200") },
  "GET /agents/:id/sub-agents": { cells: reads("200", AGENT, "200") },
  "POST /agents/:id/sub-agents": {
    cells: desk("201", "400:INVALID_AGENT_ID", "201"),
    body: () => ({ name: "Fresh", topics: [], system_prompt: "Fresh" }),
  },
  "GET /agents/:id/sub-agents/:sid": { cells: reads("200", AGENT, "200") },
  "PATCH /agents/:id/sub-agents/:sid": { cells: desk("200", AGENT, "200"), body: () => ({ name: "Fresh" }) },
  "DELETE /agents/:id/sub-agents/:sid": { cells: desk("204", AGENT, "204") },

  "GET /conversations": { cells: reads("200", "200", "200") },
  "GET /conversations (of an agent)": { cells: reads("200", "200", "200"), query: "?agent_id=:agent" },
  "GET /conversations (that hold a word)": { cells: reads("200", "200", "200"), query: `?q=${SECRET}` },
  "GET /conversations/counts": { cells: reads("200", "200", "200") },
  "GET /conversations/:id": { cells: reads("200", CONVERSATION, "200") },
  "GET /conversations/:id/messages": { cells: reads("200", CONVERSATION, "200") },
  "POST /conversations/:id/messages": {
    cells: desk("201", CONVERSATION, "201"),
    spends: true,
    body: () => ({ content: "Hello" }),
  },
  "POST /conversations/:id/take-over": { cells: desk("200", CONVERSATION, "200"), spends: true, body: () => ({}) },
  "POST /conversations/:id/hand-back": { cells: desk("200", CONVERSATION, "200"), spends: true },
  "POST /conversations/:id/close": { cells: desk("200", CONVERSATION, "200"), spends: true },
  "GET /conversations/:id/export": { cells: reads("200", CONVERSATION, "200") },
  "PUT /conversations/:id/messages/:message_id/correction": {
    cells: desk("200", CONVERSATION, "200"),
    body: ({ sub_agent_id }) => ({ sub_agent_id }),
  },
  "DELETE /conversations/:id/messages/:message_id/correction": { cells: desk("204", CONVERSATION, "204") },
  "GET /conversations/:id/notes": { cells: reads("200", CONVERSATION, "200") },
  "POST /conversations/:id/notes": { cells: desk("201", CONVERSATION, "201"), body: () => ({ content: "Fresh" }) },
  // The operator's own.
  "PATCH /conversations/:id/notes/:note_id": {
    cells: desk("200", NOT_FOUND, "200", "403", NOT_FOUND),
    body: () => ({ content: "Fresh" }),
  },
  "DELETE /conversations/:id/notes/:note_id": { cells: desk("204", NOT_FOUND, "204", "403", NOT_FOUND) },
  "GET /visitors/:id/export": { cells: reads("200", NOT_FOUND, "200") },
  "DELETE /visitors/:id": { cells: desk("204", NOT_FOUND, "204") },
  "GET /audit-log": { cells: admins("200") },
  "GET /canned-replies": { cells: reads("200", "200", "200") },
  "GET /canned-replies (of a company)": { cells: reads("200", "200", "200"), query: "?client_id=:client" },
  "POST /canned-replies": {
    cells: desk("201", "201", "201"),
    body: () => ({ shortcut: `f${randomUUID().slice(0, 8)}`, content: "Fresh" }),
  },
  "PATCH /canned-replies/:id": { cells: desk("200", NOT_FOUND, "200"), body: () => ({ content: "Fresh" }) },
  "DELETE /canned-replies/:id": { cells: desk("204", NOT_FOUND, "204") },
  "GET /webhooks": { cells: reads("200", "200", "200") },
  "POST /webhooks": {
    cells: desk("201", "201", "201"),
    body: () => ({ url: "https://fresh.example", events: ["agent.published"] }),
  },
  "GET /webhooks/:id": { cells: reads("200", NOT_FOUND, "200") },
  "PATCH /webhooks/:id": { cells: desk("200", NOT_FOUND, "200"), body: () => ({ is_active: true }) },
  "DELETE /webhooks/:id": { cells: desk("204", NOT_FOUND, "204") },
  "POST /webhooks/:id/rotate-secret": { cells: desk("200", NOT_FOUND, "200") },
  "POST /webhooks/:id/test": { cells: desk("201", NOT_FOUND, "201") },
  "GET /webhooks/:id/deliveries": { cells: reads("200", NOT_FOUND, "200") },
  "POST /webhooks/:id/deliveries/:delivery_id/replay": { cells: desk("200", NOT_FOUND, "200") },
  "GET /overview": { cells: reads("200", "200", "200") },
  "GET /overview (of an agent)": { cells: reads("200", "200", "200"), query: "?agent_id=:agent" },

  // Anybody may begin a conversation; a token that is no visitor's of this agent is as good as none.
  "POST /public/agents/:slug/sessions": { ...open("201"), isChat: true, body: () => ({}) },
  // The refresh is for those who come back, within thirty days.
  "POST /public/sessions/refresh": { cells: "401 200 200 200 401 401 401 200 401 401 401 401 401", isChat: true, isPublic: true },
  "POST /public/sessions/identify": {
    cells: "401 200 200 200 401 401 401 401 401 401 401 401 401",
    isChat: true,
    isPublic: true,
    body: () => ({ name: "Fresh" }),
  },
  "POST /public/frames": {
    cells: "401 200 200 200 200 200 200 401 200 401 401 401 401",
    isChat: true,
    body: () => ({ type: "ping" }),
  },
  "GET /public/events": { cells: "401 200 200 200 200 200 200 401 401 401 401 401 401", isChat: true },
  "GET /public/me/export": { cells: "401 200 200 200 401 401 401 401 401 401 401 401 401", isChat: true },
  "PUT /public/me/consent": { cells: "401 204 204 204 401 401 401 401 401 401 401 401 401", isChat: true },
  "DELETE /public/me": { cells: "401 204 204 204 401 401 401 401 401 401 401 401 401", isChat: true },
};

let server: TestServer;
let world: Awaited<ReturnType<typeof createWorld>>;
let shared: Target;
beforeAll(async () => {
  server = await startTestServer({ limits: { framesPerMinute: 1_000_000 } });
  // Replies would change what is compared.
  await server.deps.orchestrator.stop();
  world = await createWorld(server);
  shared = await world.make();
});
afterAll(() => server.stop());

const pathOf = (key: string) => key.replace(/ \(.*\)$/, "").replace(/^\S+ /, "");

/** The row's address of this target; of nothing that exists when `target` is null. */
function addressOf(key: string, target: Target | null): string {
  const path = pathOf(key);
  const pick = (name: keyof Target) => (target ? String(target[name]) : randomUUID());
  const id = path.startsWith("/conversations")
    ? pick("conversation_id")
    : path.startsWith("/clients")
      ? pick("spare_client_id")
      : path.startsWith("/users")
        ? pick("spare_user_id")
        : path.startsWith("/api-keys")
          ? pick("spare_key_id")
          : path.startsWith("/webhooks")
            ? pick("webhook_id")
            : path.startsWith("/visitors")
              ? pick("visitor_id")
              : path.startsWith("/canned-replies")
                ? pick("canned_reply_id")
                : pick("agent_id");
  return path
    .replace(":id", id)
    .replace(":sid", pick("sub_agent_id"))
    .replace(":message_id", pick("reply_id"))
    .replace(":note_id", pick("note_id"))
    .replace(":delivery_id", pick("delivery_id"))
    .replace(":slug", pick("slug"))
    .replace(":n", "1")
    .replace(":file", "none.js")
    .replace(/:name\{.*\}$/, "none.js")
    .replace("*", "inbox");
}

interface Answer {
  status: number;
  text: string;
  headers: string;
}
async function ask(key: string, target: Target, caller: Caller, isAbsent = false): Promise<Answer> {
  const row = ROWS[key]!;
  const token = (row.isChat ? target.chat : target.desk)[caller];
  const query = (row.query ?? "").replace(":agent", target.agent_id).replace(":client", target.client_id);
  const hangUp = new AbortController();
  const res = await fetch(server.url + addressOf(key, isAbsent ? null : target) + query, {
    method: key.split(" ")[0]!,
    redirect: "manual",
    signal: hangUp.signal,
    headers: {
      ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
      ...(row.body ? { "Content-Type": "application/json" } : {}),
    },
    ...(row.body ? { body: JSON.stringify(row.body(target)) } : {}),
  });
  const headers = [...res.headers].filter(([name]) => name !== "date" && name !== "content-length").map(String);
  // A stream of events has no end.
  const isStream = (res.headers.get("Content-Type") ?? "").startsWith("text/event-stream");
  const text = isStream ? "" : await res.text();
  if (isStream) hangUp.abort();
  return { status: res.status, text, headers: withoutIds(headers.join("\n")) };
}

const codeOf = (text: string): unknown => {
  const body = JSON.parse(text) as { code: unknown; error_code?: unknown };
  return body.error_code ?? body.code;
};
const cellsOf = (row: Row) => new Map(CALLERS.map((caller, index) => [caller, row.cells.split(" ")[index]!]));

test("every route of the app has its row, and every row a route", () => {
  const routes = createApp(server.deps).routes.filter(({ method }) => method !== "ALL");
  const names = new Set(routes.map(({ method, path }) => `${method} ${path}`));
  const isPicture = (name: string) => name.startsWith("GET /a/:slug/:picture{");
  expect([...names].filter((name) => isPicture(name))).toHaveLength(1);
  const rows = new Set(Object.keys(ROWS).map((key) => key.replace(/ \(.*\)$/, "")));
  expect([...names].filter((name) => !isPicture(name)).toSorted()).toEqual([...rows].toSorted());
  for (const [key, row] of Object.entries(ROWS)) expect(row.cells.split(" "), key).toHaveLength(CALLERS.length);
});

test.each(Object.keys(ROWS))("%s", async (key) => {
  const row = ROWS[key]!;
  const cells = cellsOf(row);
  const before = await fingerprint(server.deps.db);
  for (const [caller, cell] of cells) {
    const [status, code = CODES[status!]] = cell.split(":");
    if (Number(status) < 400) continue;
    const answer = await ask(key, shared, caller);
    expect({ caller, status: answer.status, code: codeOf(answer.text) }).toEqual({ caller, status: Number(status), code });
    expect(answer.text).not.toContain(SECRET);
    // What one may not see is what does not exist, to the last byte.
    if (!/:id|:slug/.test(key)) continue;
    const absent = await ask(key, shared, caller, true);
    expect({ caller, ...absent, text: withoutIds(absent.text) }).toEqual({ caller, ...answer, text: withoutIds(answer.text) });
  }
  expect(await fingerprint(server.deps.db), "a refusal changes nothing").toEqual(before);

  for (const [caller, cell] of cells) {
    if (Number(cell.split(":")[0]) >= 400) continue;
    const target = row.spends || key.startsWith("DELETE ") ? await world.make() : shared;
    const answer = await ask(key, target, caller);
    expect({ caller, status: answer.status, text: answer.status < 400 ? "" : answer.text }).toEqual({
      caller,
      status: Number(cell),
      text: "",
    });
    // Lists and counts of others hold nothing of the target's.
    if (row.isPublic || !/^foreign | visitor$/.test(caller)) continue;
    // The agent is known to each of its visitors.
    for (const secret of [
      SECRET,
      ...(caller === "other visitor" ? [] : [target.agent_id]),
      target.conversation_id,
      target.visitor_id,
      target.client_id,
      target.shortcut,
    ])
      expect(answer.text).not.toContain(secret);
  }
});
