import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { NewApiKey } from "../../protocol/resources.ts";
import { startTestServer, type TestServer } from "../../tests/support/server.ts";
import { openWs } from "../../tests/support/ws-client.ts";
import { SYSTEM } from "../db/actor.ts";
import { hashApiKey } from "../lib/api-key.ts";
import { listAgents } from "../services/agents/list-agents.ts";
import { createClient } from "../services/clients/create-client.ts";
import { verifyApiKey } from "../services/auth/verify-api-key.ts";

let server: TestServer;
let company: { id: string };
beforeAll(async () => {
  server = await startTestServer();
  company = await server.createClient("Ours");
});
afterAll(() => server.stop());

const make = (body: Record<string, unknown> = {}) =>
  server.ok<NewApiKey>("POST", "/api-keys", { body: { name: "Shop", client_id: company.id, scopes: ["read"], ...body } });
const stored = (id: string) =>
  server.deps.db.as(SYSTEM, (trx) => trx.selectFrom("api_keys").selectAll().where("id", "=", id).executeTakeFirstOrThrow());

test("the key is told once and kept as a hash", async () => {
  const answer = await server.call<NewApiKey>("POST", "/api-keys", {
    body: { name: "Shop", client_id: company.id, scopes: ["agents:write", "read", "read"] },
  });
  expect(answer.status).toBe(201);
  expect(answer.headers.get("Cache-Control")).toBe("no-store");
  const { key, ...shown } = answer.body;
  expect(key).toMatch(/^rns_[\w-]{43}$/);
  expect(shown).toMatchObject({
    prefix: key.slice(0, 10),
    scopes: ["read", "agents:write"],
    expires_at: null,
    last_used_at: null,
  });
  const list = await server.call("GET", "/api-keys");
  expect(list.body.data[0]).toEqual(shown);
  expect(JSON.stringify(list.body)).not.toContain(key.slice(10));
  const row = await stored(shown.id);
  expect(row.key_hash).toBe(hashApiKey(key));
  expect(JSON.stringify(row)).not.toContain(key.slice(10));
});

test("a key is itself: its company, its name, its scopes", async () => {
  const { id, key } = await make({ scopes: ["read", "conversations:write"] });
  expect(await server.ok("GET", "/me", { token: key })).toEqual({
    user: { id, email: "", role: "client", client_id: company.id, name: "Shop" },
    scopes: ["read", "conversations:write"],
  });
  const agent = await server.createPublishedAgent({ client_id: company.id });
  const { conversation_id } = await server.createSession(agent.slug);
  const message = await server.ok("POST", `/conversations/${conversation_id}/messages`, { token: key, body: { content: "Hi" } });
  expect(message.sender).toEqual({ kind: "operator", id, name: "Shop" });
  expect(await server.ok("GET", `/conversations/${conversation_id}`, { token: key })).toMatchObject({ owner_id: id });
});

test("a scope is asked for by name, and a key without it is FORBIDDEN", async () => {
  const { key } = await make({ scopes: ["agents:write"] });
  expect((await server.call("POST", "/agents", { token: key, body: { name: "By key" } })).status).toBe(201);
  for (const [method, path] of [
    ["GET", "/agents"],
    ["GET", "/conversations"],
    ["POST", "/conversations/00000000-0000-4000-8000-000000000000/close"],
    ["GET", "/api-keys"],
    ["GET", "/users"],
  ] as const)
    expect(await server.call(method, path, { token: key }), path).toMatchObject({ status: 403, body: { code: "FORBIDDEN" } });
});

test("a key that may only read cannot change a row, even past the routes", async () => {
  const { key } = await make({ client_id: null });
  const ctx = { ...server.deps, actor: await verifyApiKey(server.deps, key) };
  expect((await listAgents(ctx, { limit: 1 })).data).toHaveLength(1);
  await expect(createClient(ctx, { name: "Never" })).rejects.toMatchObject({ code: "25006" });
});

test("a key opens neither the panel nor a socket", async () => {
  const { key } = await make({ client_id: null });
  for (const [method, path] of [
    ["GET", "/auth/v1/user"],
    ["POST", "/auth/v1/logout"],
  ] as const)
    expect(await server.call(method, path, { token: key })).toMatchObject({ status: 403, body: { error_code: "bad_jwt" } });
  const client = await openWs(server.url, { token: key });
  expect(await client.take("error")).toMatchObject({ code: "AUTH_ERROR" });
  await client.closed;
});

test("revoking counts at once, also where the key was just in use", async () => {
  const { id, key } = await make();
  expect((await server.call("GET", "/agents", { token: key })).status).toBe(200);
  const heard: unknown[] = [];
  const stop = server.deps.bus.subscribe((event) => heard.push(event));
  expect((await server.call("DELETE", `/api-keys/${id}`)).status).toBe(204);
  stop();
  expect(await server.call("GET", "/agents", { token: key })).toMatchObject({ status: 401, body: { code: "AUTH_ERROR" } });
  // What makes the other nodes forget it.
  expect(heard).toContainEqual({ topic: "signed_out", user_id: id, session_id: null });
  expect((await server.call("DELETE", `/api-keys/${id}`)).status).toBe(404);
});

test("a key ends with its time and with its company", async () => {
  const late = await make({ expires_at: new Date(Date.now() + 3_600_000).toISOString() });
  expect((await server.call("GET", "/agents", { token: late.key })).status).toBe(200);
  await server.deps.db.as(SYSTEM, (trx) =>
    trx
      .updateTable("api_keys")
      .set({ expires_at: sql`now()` })
      .where("id", "=", late.id)
      .execute(),
  );
  server.deps.auth.tokens.forgetAll();
  expect((await server.call("GET", "/agents", { token: late.key })).status).toBe(401);

  const gone = await server.createClient("Gone");
  const { key } = await make({ client_id: gone.id });
  expect((await server.call("GET", "/agents", { token: key })).status).toBe(200);
  await server.ok("DELETE", `/clients/${gone.id}`);
  expect((await server.call("GET", "/agents", { token: key })).status).toBe(401);
});

test("its use is written down at most once a minute", async () => {
  const { id, key } = await make();
  const use = async () => {
    server.deps.auth.tokens.forgetAll();
    await server.ok("GET", "/me", { token: key });
    return (await stored(id)).last_used_at;
  };
  const first = await use();
  expect(Date.now() - Date.parse(first!)).toBeLessThan(60_000);
  expect(await use()).toBe(first);
  await server.deps.db.as(SYSTEM, (trx) =>
    trx
      .updateTable("api_keys")
      .set({ last_used_at: sql`now() - interval '61 seconds'` })
      .where("id", "=", id)
      .execute(),
  );
  expect(Date.parse((await use())!)).toBeGreaterThanOrEqual(Date.parse(first!));
});

test("what no key can be made of", async () => {
  for (const change of [
    { scopes: [] },
    { scopes: ["everything"] },
    { name: " " },
    { client_id: "00000000-0000-4000-8000-000000000000" },
    { client_id: undefined },
    { expires_at: "2020-01-01T00:00:00Z" },
    { expires_at: "tomorrow" },
  ]) {
    const body = { name: "Shop", client_id: company.id, scopes: ["read"], ...change };
    expect(await server.call("POST", "/api-keys", { body }), JSON.stringify(change)).toMatchObject({
      status: 400,
      body: { code: "VALIDATION_ERROR" },
    });
  }
});

test("the list has pages that neither skip nor repeat", async () => {
  const ids = new Set<string>();
  let cursor: string | null = "";
  let pages = 0;
  while (cursor !== null) {
    const page: { data: { id: string }[]; next_cursor: string | null } = await server.ok(
      "GET",
      `/api-keys?limit=3${cursor && `&cursor=${cursor}`}`,
    );
    for (const { id } of page.data) ids.add(id);
    cursor = page.next_cursor;
    pages++;
  }
  const { count } = await server.deps.db.as(SYSTEM, (trx) =>
    trx
      .selectFrom("api_keys")
      .select(sql<string>`count(*)`.as("count"))
      .executeTakeFirstOrThrow(),
  );
  expect(ids.size).toBe(Number(count));
  expect(pages).toBe(Math.ceil(ids.size / 3));
});
