import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../../tests/support/server.ts";

let server: TestServer;
let mine: { id: string };
let token: string;
beforeAll(async () => {
  server = await startTestServer();
  mine = await server.createClient("Mine");
  token = (await server.createUser({ role: "client", client_id: mine.id })).token;
});
afterAll(() => server.stop());

test("an empty database has one company", async () => {
  const fresh = await startTestServer();
  const { data, next_cursor } = await fresh.ok("GET", "/clients");
  expect(data).toEqual([
    { id: expect.any(String), name: "My company", created_at: expect.any(String), updated_at: expect.any(String) },
  ]);
  expect(next_cursor).toBeNull();
  await fresh.stop();
});

test("an administrator creates, reads, renames and deletes a company", async () => {
  const created = await server.call("POST", "/clients", {
    body: { name: "  شركة 🍞 '; drop table clients;-- <b>x</b> ", extra: 1 },
  });
  expect(created.status).toBe(201);
  expect(created.body.name).toBe("شركة 🍞 '; drop table clients;-- <b>x</b>");
  const path = `/clients/${created.body.id}`;
  expect(await server.ok("GET", path)).toEqual(created.body);
  const renamed = await server.ok("PATCH", path, { body: { name: "Padaria" } });
  expect(renamed).toMatchObject({ id: created.body.id, name: "Padaria" });
  expect((await server.ok("PATCH", path, { body: {} })).name).toBe("Padaria");
  expect((await server.call("DELETE", path)).status).toBe(204);
  expect((await server.call("GET", path)).status).toBe(404);
});

test("the list has pages that neither skip nor repeat", async () => {
  const ids = new Set<string>();
  for (let n = 0; n < 5; n++) ids.add((await server.createClient(`Company ${n}`)).id);
  const all = (await server.ok("GET", "/clients?limit=100")).data.map((client: { id: string }) => client.id);
  const paged: string[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const page: { data: { id: string }[]; next_cursor: string | null } = await server.ok(
      "GET",
      `/clients?limit=2${cursor && `&cursor=${cursor}`}`,
    );
    expect(page.data.length).toBeLessThanOrEqual(2);
    paged.push(...page.data.map((client: { id: string }) => client.id));
    cursor = page.next_cursor;
  }
  expect(paged).toEqual(all);
  expect(all.filter((id: string) => ids.has(id))).toHaveLength(5);
});

test("deleting a company takes its agents along and leaves its people without one, at once", async () => {
  const company = await server.createClient("Short-lived");
  const person = await server.createUser({ role: "client", client_id: company.id });
  const agent = await server.createAgent({ client_id: company.id });
  expect((await server.ok("GET", "/me", { token: person.token })).user.client_id).toBe(company.id);
  const events: string[] = [];
  const stopHearing = server.deps.bus.subscribe((event) => events.push(event.topic));
  await server.ok("DELETE", `/clients/${company.id}`);
  stopHearing();
  expect(events).toEqual(expect.arrayContaining(["registry", "signed_out"]));
  expect((await server.call("GET", `/agents/${agent.id}`)).body.code).toBe("AGENT_NOT_FOUND");
  expect((await server.ok("GET", "/me", { token: person.token })).user.client_id).toBeNull();
  expect((await server.ok("GET", "/agents", { token: person.token })).data).toEqual([]);
});

test.each(["GET /clients", "POST /clients", "GET :id", "PATCH :id", "DELETE :id"])(
  "%s is refused to somebody who is no administrator",
  async (call) => {
    const [method, path] = call.split(" ") as [string, string];
    const body = method === "GET" ? {} : { body: { name: "Taken over" } };
    const answer = await server.call(method, path.replace(":id", `/clients/${mine.id}`), { token, ...body });
    expect(answer).toMatchObject({ status: 403, body: { code: "FORBIDDEN" } });
    expect((await server.ok("GET", `/clients/${mine.id}`)).name).toBe("Mine");
  },
);

test.each([
  ["GET", "/clients"],
  ["POST", "/clients"],
  ["GET", `/clients/${crypto.randomUUID()}`],
  ["PATCH", `/clients/${crypto.randomUUID()}`],
  ["DELETE", `/clients/${crypto.randomUUID()}`],
])("%s %s asks for a token", async (method, path) => {
  const answer = await server.call(method, path, { token: null, ...(method === "GET" ? {} : { body: { name: "x" } }) });
  expect(answer.status).toBe(401);
  expect(answer.body.code).toBe("AUTH_ERROR");
});

test.each<[string, unknown]>([
  ["no JSON", "{"],
  ["a list", []],
  ["no name", {}],
  ["an empty name", { name: "" }],
  ["a name of blanks", { name: " \t " }],
  ["a name that is a number", { name: 1 }],
  ["a control character", { name: "a\u0000b" }],
  ["half a character", { name: "a\ud800" }],
  ["a name that is too long", { name: "x".repeat(121) }],
])("%s is a VALIDATION_ERROR", async (_name, body) => {
  const answer = await server.call("POST", "/clients", { body });
  expect(answer.status).toBe(400);
  expect(answer.body).toMatchObject({ code: "VALIDATION_ERROR", issues: expect.any(Array) });
});

test.each(["not-a-uuid", "%00", "1' or '1'='1", "../users", crypto.randomUUID()])("id %j is NOT_FOUND", async (id) => {
  for (const method of ["GET", "PATCH", "DELETE"]) {
    const answer = await server.call(
      method,
      `/clients/${encodeURIComponent(id)}`,
      method === "GET" ? {} : { body: { name: "x" } },
    );
    expect(answer.status).toBe(404);
    expect(answer.body.code).toBe("NOT_FOUND");
  }
});

test.each(["cursor=abc", "cursor=WyJ4Il0", "limit=0", "limit=101", "limit=x"])("?%s is a VALIDATION_ERROR", async (query) => {
  const answer = await server.call("GET", `/clients?${query}`);
  expect(answer.status).toBe(400);
  expect(answer.body.code).toBe("VALIDATION_ERROR");
});

test("a body of more than a MiB is refused", async () => {
  const answer = await server.call("POST", "/clients", { body: { name: "x".repeat(1024 * 1024) } });
  expect(answer.status).toBe(413);
  expect(answer.body.code).toBe("PAYLOAD_TOO_LARGE");
});
