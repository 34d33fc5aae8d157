import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../../tests/support/server.ts";

let server: TestServer;
let company: { id: string };
let people = 0;
const newEmail = () => `person-${++people}@example.com`;
const password = "a long enough password";
const create = (body: Record<string, unknown> = {}) =>
  server.call("POST", "/users", { body: { email: newEmail(), password, role: "client", client_id: company.id, ...body } });
const me = (token: string) => server.call("GET", "/me", { token });

beforeAll(async () => {
  server = await startTestServer();
  company = await server.createClient();
});
afterAll(() => server.stop());

test("a created person signs in with the role and company given", async () => {
  const email = `Mixed.Case-${newEmail()}`;
  const { status, body } = await create({ email, name: "Zoë 🍞 <i>", ignored: true });
  expect(status).toBe(201);
  expect(body).toEqual({
    id: expect.any(String),
    email: email.toLowerCase(),
    role: "client",
    client_id: company.id,
    name: "Zoë 🍞 <i>",
    created_at: expect.any(String),
  });
  const { access_token } = await server.signIn(email, password);
  expect((await me(access_token)).body.user).toMatchObject({ id: body.id, role: "client", client_id: company.id });
});

test("the built-in sign-in mails nothing, so somebody new needs a password", async () => {
  const { status, body } = await create({ password: undefined });
  expect([status, body.code, body.issues[0].path]).toEqual([400, "VALIDATION_ERROR", "password"]);
});

test("an administrator has no company, whatever is sent", async () => {
  expect((await create({ role: "admin" })).body).toMatchObject({ role: "admin", client_id: null });
});

test("the list has pages that neither skip nor repeat, and no secrets", async () => {
  for (let n = 0; n < 3; n++) await create();
  const all = await server.ok("GET", "/users?limit=100");
  expect(JSON.stringify(all)).not.toMatch(/argon2|password/);
  const paged: unknown[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const page: { data: { id: string }[]; next_cursor: string | null } = await server.ok(
      "GET",
      `/users?limit=2${cursor && `&cursor=${cursor}`}`,
    );
    paged.push(...page.data);
    cursor = page.next_cursor;
  }
  expect(paged).toEqual(all.data);
});

describe("changes", () => {
  let user: { id: string; email: string };
  let token: string;
  beforeEach(async () => {
    user = (await create()).body;
    token = (await server.signIn(user.email, password)).access_token;
    expect((await me(token)).status).toBe(200);
  });

  test("of role and company count at once, for tokens that are out already", async () => {
    const other = await server.createClient();
    await server.ok("PATCH", `/users/${user.id}`, { body: { client_id: other.id } });
    expect((await me(token)).body.user.client_id).toBe(other.id);
    await server.ok("PATCH", `/users/${user.id}`, { body: { role: "admin" } });
    expect((await me(token)).body.user).toMatchObject({ role: "admin", client_id: null });
    expect((await server.call("GET", "/users", { token })).status).toBe(200);
    await server.ok("PATCH", `/users/${user.id}`, { body: { role: "client", client_id: company.id } });
    expect((await server.call("GET", "/users", { token })).status).toBe(403);
  });

  test("of the name are seen at once and sign nobody out", async () => {
    expect((await server.ok("PATCH", `/users/${user.id}`, { body: { name: "Ana" } })).name).toBe("Ana");
    expect((await me(token)).body.user.name).toBe("Ana");
    expect((await server.ok("PATCH", `/users/${user.id}`, { body: { name: null } })).name).toBeNull();
  });

  test("of the e-mail address count for the next sign-in", async () => {
    const email = newEmail();
    expect((await server.ok("PATCH", `/users/${user.id}`, { body: { email: email.toUpperCase() } })).email).toBe(email);
    expect((await me((await server.signIn(email, password)).access_token)).body.user.id).toBe(user.id);
    await expect(server.signIn(user.email, password)).rejects.toThrow("400");
  });

  test("of the password end the sign-ins", async () => {
    const { refresh_token } = await server.signIn(user.email, password);
    await server.ok("PATCH", `/users/${user.id}`, { body: { password: "quite another password" } });
    expect((await me(token)).status).toBe(401);
    const refreshed = await server.request("POST", "/auth/v1/token?grant_type=refresh_token", { body: { refresh_token } });
    expect(refreshed.status).toBe(400);
    await expect(server.signIn(user.email, password)).rejects.toThrow("400");
    expect((await server.signIn(user.email, "quite another password")).access_token).toBeTruthy();
  });

  test("of one's own password keep the sign-in that made them", async () => {
    const admin = await server.createUser();
    const other = await server.signIn(admin.email, admin.password);
    await server.ok("PATCH", `/users/${admin.id}`, { token: admin.token, body: { password: "quite another password" } });
    expect((await me(admin.token)).status).toBe(200);
    expect((await me(other.access_token)).status).toBe(401);
  });

  test("that fail change nothing", async () => {
    const taken = (await create()).body.email;
    for (const body of [
      { role: "client", client_id: crypto.randomUUID() },
      { email: taken.toUpperCase(), name: "New" },
      { client_id: null },
    ]) {
      expect((await server.call("PATCH", `/users/${user.id}`, { body })).body.code).toBe("VALIDATION_ERROR");
    }
    const { data } = await server.ok("GET", "/users?limit=100");
    expect(data.find((one: { id: string }) => one.id === user.id)).toEqual(user);
  });

  test("deleting ends the sign-ins at once", async () => {
    const { refresh_token } = await server.signIn(user.email, password);
    expect((await server.call("DELETE", `/users/${user.id}`)).status).toBe(204);
    expect((await me(token)).status).toBe(401);
    expect((await server.request("POST", "/auth/v1/token?grant_type=refresh_token", { body: { refresh_token } })).status).toBe(
      400,
    );
    await expect(server.signIn(user.email, password)).rejects.toThrow("400");
    expect((await server.call("DELETE", `/users/${user.id}`)).body.code).toBe("NOT_FOUND");
    // The address is free again.
    expect((await create({ email: user.email })).status).toBe(201);
  });
});

describe("the last administrator", () => {
  test("can be neither demoted nor deleted, and nobody deletes themselves", async () => {
    const fresh = await startTestServer();
    const { user } = await fresh.ok("GET", "/me");
    const client = (await fresh.ok("GET", "/clients")).data[0];
    const demote = { body: { role: "client", client_id: client.id } };
    expect((await fresh.call("PATCH", `/users/${user.id}`, demote)).body.code).toBe("FORBIDDEN");
    expect((await fresh.call("DELETE", `/users/${user.id}`)).body.code).toBe("FORBIDDEN");
    expect((await fresh.call("DELETE", `/users/${user.id.toUpperCase()}`)).body.code).toBe("FORBIDDEN");

    const second = await fresh.createUser({ role: "admin" });
    // Two administrators who remove each other at the same moment: one of them stays.
    const answers = await Promise.all([
      fresh.call("PATCH", `/users/${second.id}`, demote),
      fresh.call("PATCH", `/users/${user.id}`, { ...demote, token: second.token }),
    ]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 403]);
    await fresh.stop();
  });
});

test.each([
  ["GET", "/users"],
  ["POST", "/users"],
  ["PATCH", `/users/${crypto.randomUUID()}`],
  ["DELETE", `/users/${crypto.randomUUID()}`],
])("%s %s is for administrators", async (method, path) => {
  const body = method === "GET" ? {} : { body: { email: newEmail(), password, role: "admin" } };
  const nobody = await server.call(method, path, { token: null, ...body });
  expect([nobody.status, nobody.body.code]).toEqual([401, "AUTH_ERROR"]);
  const { token } = await server.createUser({ role: "client", client_id: company.id });
  const other = await server.call(method, path, { token, ...body });
  expect([other.status, other.body.code]).toEqual([403, "FORBIDDEN"]);
});

test.each<[string, Record<string, unknown> | string, string]>([
  ["no JSON", "{", ""],
  ["no e-mail address", { email: undefined }, "email"],
  ["an address that is none", { email: "not an address" }, "email"],
  ["NUL in the address", { email: "a\u0000@example.com" }, "email"],
  ["a short password", { password: "short" }, "password"],
  ["a password of a megabyte", { password: "x".repeat(500_000) }, "password"],
  ["an unknown role", { role: "owner" }, "role"],
  ["no company", { client_id: undefined }, "client_id"],
  ["an unknown company", { client_id: crypto.randomUUID() }, "client_id"],
  ["an absurd company", { client_id: "1; drop table users" }, "client_id"],
  ["a name of blanks", { name: "   " }, "name"],
  ["a control character in the name", { name: "a\u0007" }, "name"],
])("%s is a VALIDATION_ERROR", async (_name, body, path) => {
  const { data: before } = await server.ok("GET", "/users?limit=100");
  const answer = typeof body === "string" ? await server.call("POST", "/users", { body }) : await create(body);
  expect([answer.status, answer.body.code]).toEqual([400, "VALIDATION_ERROR"]);
  if (path) expect(answer.body.issues[0].path).toBe(path);
  expect((await server.ok("GET", "/users?limit=100")).data).toEqual(before);
});

test("an address belongs to one person, whatever its case", async () => {
  const email = newEmail();
  expect((await create({ email })).status).toBe(201);
  const again = await create({ email: email.toUpperCase() });
  expect(again.status).toBe(400);
  expect(again.body).toMatchObject({ code: "VALIDATION_ERROR", issues: [{ path: "email" }] });
  const [a, b] = await Promise.all([create({ email: `x${email}` }), create({ email: `x${email}` })]);
  expect([a!.status, b!.status].sort()).toEqual([201, 400]);
});

test.each(["not-a-uuid", "%00", crypto.randomUUID()])("id %j is NOT_FOUND", async (id) => {
  for (const method of ["PATCH", "DELETE"]) {
    const answer = await server.call(method, `/users/${encodeURIComponent(id)}`, { body: { name: "x" } });
    expect([answer.status, answer.body.code]).toEqual([404, "NOT_FOUND"]);
  }
});
