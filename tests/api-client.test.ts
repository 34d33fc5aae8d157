import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, expectTypeOf, test } from "vitest";
import { ApiError, createApiClient, type ApiAnswer, type ApiClient, type ApiListRoute } from "../client/api-client.ts";
import type { Agent, WebhookPayload } from "../client/api-routes.ts";
import type * as resources from "../protocol/resources.ts";
import { startTestServer, type TestServer } from "./support/server.ts";

let server: TestServer;
let api: ApiClient;
beforeAll(async () => {
  server = await startTestServer();
  const body = { name: "Program", client_id: null, scopes: ["read", "agents:write", "conversations:write", "webhooks:write"] };
  api = createApiClient({ origin: server.url, key: (await server.ok("POST", "/api-keys", { body })).key });
});
afterAll(() => server.stop());

test("an agent from its making to its end, by route, parameters, query and body", async () => {
  const { user } = await api.call("GET /me");
  expect(user.role).toBe("admin");
  const agent = await api.call("POST /agents", { body: { name: "Front desk", config: { greeting: "Hello!" } } });
  expect(await api.call("GET /agents/{id}", { params: { id: agent.id } })).toEqual(agent);
  await api.call("PUT /agents/wizard/{id}/step/{n}", {
    params: { id: agent.id, n: "1" },
    body: { name: "Desk", niche: "hotels" },
  });
  const { data } = await api.call("GET /agents", { query: { q: "Desk", status: "draft", limit: 1 } });
  expect(data.map(({ name }) => name)).toEqual(["Desk"]);
  const published = await api.call("POST /agents/{id}/publish", { params: { id: agent.id } });
  expect(published.agent.status).toBe("active");
  expect(await api.call("GET /agents/{id}/qr.svg", { params: { id: agent.id } })).toMatch(/^<svg|^<\?xml/);
  const picture = await api.call("GET /agents/{id}/qr.png", { params: { id: agent.id }, query: { size: 256 } });
  expect([...new Uint8Array(await picture.slice(1, 4).arrayBuffer())]).toEqual([..."PNG"].map((letter) => letter.charCodeAt(0)));
  expect(await api.call("DELETE /agents/{id}", { params: { id: agent.id } })).toBeUndefined();
});

test("a list goes on over its pages and stops when nobody wants more", async () => {
  const made = await Promise.all([1, 2, 3].map((n) => api.call("POST /agents", { body: { name: `Paged ${n}` } })));
  const query = { q: "Paged", sort: "name", limit: 2 } as const;
  const names: string[] = [];
  for await (const agent of api.list("GET /agents", { query })) names.push(agent.name);
  expect(names).toEqual(["Paged 1", "Paged 2", "Paged 3"]);
  for await (const agent of api.list("GET /agents", { query })) {
    expect(agent.id).toBe(made[0]!.id);
    break;
  }
});

test("a retry under the same key does nothing twice", async () => {
  const idempotencyKey = randomUUID();
  const make = () => api.call("POST /agents", { body: { name: "Once" }, idempotencyKey });
  expect(await make()).toEqual(await make());
});

test("refusals are errors with code, status and words; a path holds whatever it is given", async () => {
  const refused = (work: Promise<unknown>) =>
    work.then(
      () => expect.unreachable("It was not refused."),
      (err: unknown) => err as ApiError,
    );
  const missing = await refused(api.call("GET /agents/{id}", { params: { id: "a/../../me?x#y" } }));
  expect(missing).toBeInstanceOf(ApiError);
  expect(missing).toMatchObject({ status: 404, code: "AGENT_NOT_FOUND" });
  const wrong = await refused(api.call("POST /agents", { body: { name: "" } }));
  expect(wrong).toMatchObject({ status: 400, code: "VALIDATION_ERROR", message: expect.stringContaining("name") });
  const stranger = createApiClient({ origin: server.url, key: "rns_nobody" });
  expect(await refused(stranger.call("GET /agents"))).toMatchObject({ status: 401, code: "AUTH_ERROR" });
  const signal = AbortSignal.abort();
  expect(await refused(api.call("GET /agents", { signal }))).toMatchObject({ name: "AbortError" });
});

test("types are those of the protocol, and what is wrong does not compile", () => {
  expectTypeOf<Agent>().toEqualTypeOf<resources.Agent>();
  expectTypeOf<ApiAnswer<"GET /webhooks/{id}">>().toEqualTypeOf<resources.Webhook>();
  expectTypeOf<ApiAnswer<"GET /conversations/{id}">["visitor"]>().toEqualTypeOf<resources.VisitorUser | null>();
  expectTypeOf<ApiAnswer<"DELETE /agents/{id}">>().toEqualTypeOf<void>();
  expectTypeOf<"GET /audit-log">().toExtend<ApiListRoute>();
  expectTypeOf<"GET /agents/{id}">().not.toExtend<ApiListRoute>();

  const neverCalled = async () => {
    // @ts-expect-error no such route
    await api.call("GET /agent");
    // @ts-expect-error an agent needs a name
    await api.call("POST /agents", { body: {} });
    // @ts-expect-error no such field
    await api.call("POST /agents", { body: { name: "Desk", nickname: "D" } });
    // @ts-expect-error a name is text
    await api.call("PATCH /agents/{id}", { params: { id: "" }, body: { name: 1 } });
    // @ts-expect-error the path has a parameter
    await api.call("GET /agents/{id}");
    // @ts-expect-error no such status
    await api.call("GET /agents", { query: { status: "asleep" } });
    // @ts-expect-error reading needs no key for retries
    await api.call("GET /agents", { idempotencyKey: "" });
    // @ts-expect-error one agent is no list
    api.list("GET /agents/{id}", { params: { id: "" } });
    const agent = await api.call("GET /agents/{id}", { params: { id: "" } });
    // @ts-expect-error no such field in the answer
    return agent.nickname;
  };
  expect(neverCalled).toBeTypeOf("function");

  const textOf = (event: WebhookPayload) => (event.type === "message.created" ? event.data.message.content : null);
  expectTypeOf(textOf).returns.toEqualTypeOf<string | null>();
});
