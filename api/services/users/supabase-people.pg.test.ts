import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, TEST_PASSWORD, type TestServer } from "../../../tests/support/server.ts";
import { TEST_JWT_SECRET } from "../../../tests/support/postgres.ts";
import { startSupabaseLite, type SupabaseLite } from "../../../tests/support/supabase-lite.ts";
import { apiConnectionString, openPostgres } from "../../db/postgres.ts";

let project: SupabaseLite;
let server: TestServer;
let token: string;
let company: { id: string };
const call = (method: string, path: string, body?: unknown) => server.call(method, path, { token, ...(body ? { body } : {}) });
const person = (email: string) => ({ email, role: "client", client_id: company.id, name: "Bea" });
const me = async (bearer: string) => (await server.call("GET", "/me", { token: bearer })).body.user;

beforeAll(async () => {
  project = await startSupabaseLite();
  const db = openPostgres(apiConnectionString(project.database.url, TEST_JWT_SECRET), 5, () => {});
  server = await startTestServer({ db, supabase: project.config, environment: { ADMIN_EMAIL: "owner@example.com" } });
  token = await project.signIn("owner@example.com", TEST_PASSWORD);
  company = await server.createClient();
});
afterAll(async () => {
  await server?.stop();
  await project?.stop();
});

test("somebody new is mailed a link, which signs them in with what an administrator gave them", async () => {
  const made = await call("POST", "/users", person("Bea@example.com"));
  expect([made.status, made.body]).toEqual([
    201,
    { ...person("bea@example.com"), id: expect.any(String), created_at: expect.any(String) },
  ]);
  const link = await fetch(project.mailedLink("bea@example.com"), { redirect: "manual" });
  const target = new URL(link.headers.get("location")!);
  expect(target.origin + target.pathname).toBe(`${server.url}/admin/`);
  const given = new URLSearchParams(target.hash.slice(1));
  expect(given.get("type")).toBe("invite");
  expect(await me(given.get("access_token")!)).toMatchObject({
    id: made.body.id,
    role: "client",
    client_id: company.id,
    name: "Bea",
  });

  const again = await call("POST", "/users", person("bea@example.com"));
  expect(again.body.issues).toEqual([{ path: "email", message: "Somebody has this e-mail address already." }]);
});

test("who has an account in the project is let in without a mail", async () => {
  const id = await project.addPerson("known@example.com", "a password of their own");
  const made = await call("POST", "/users", { ...person("known@example.com"), role: "admin" });
  expect([made.status, made.body.id, made.body.role]).toEqual([201, id, "admin"]);
  expect(() => project.mailedLink("known@example.com")).toThrow();
  expect(await me(await project.signIn("known@example.com", "a password of their own"))).toMatchObject({ id, role: "admin" });
});

test("nothing is mailed for what is refused", async () => {
  const before = project.requests.length;
  for (const [body, path] of [
    [{ ...person("cleo@example.com"), password: "a long enough password" }, "password"],
    [{ ...person("cleo@example.com"), client_id: null }, "client_id"],
    [{ ...person("cleo@example.com"), client_id: crypto.randomUUID() }, "client_id"],
  ] as const) {
    const refusal = await call("POST", "/users", body);
    expect([refusal.status, refusal.body.issues[0].path]).toEqual([400, path]);
  }
  expect(project.requests.slice(before)).toEqual([]);
});

test("an address is changed in the project, and one that is taken changes nothing", async () => {
  const id = await project.addPerson("old@example.com", TEST_PASSWORD);
  await call("POST", "/users", person("old@example.com"));
  const taken = await call("PATCH", `/users/${id}`, { name: "Other", email: "owner@example.com" });
  expect(taken.body.issues[0].path).toBe("email");
  const changed = await call("PATCH", `/users/${id}`, { email: "New@example.com" });
  expect(changed.body).toMatchObject({ id, email: "new@example.com", name: "Bea" });
  expect(await me(await project.signIn("new@example.com", TEST_PASSWORD))).toMatchObject({ id, email: "new@example.com" });
});

test("a person is removed from the project, and their token opens nothing any more", async () => {
  const id = await project.addPerson("leaving@example.com", TEST_PASSWORD);
  await call("POST", "/users", person("leaving@example.com"));
  const theirs = await project.signIn("leaving@example.com", TEST_PASSWORD);
  expect(await me(theirs)).toMatchObject({ id });
  expect((await call("DELETE", `/users/${id}`)).status).toBe(204);
  expect((await server.call("GET", "/me", { token: theirs })).status).toBe(401);
  await expect(project.signIn("leaving@example.com", TEST_PASSWORD)).rejects.toThrow("400");
  expect((await call("DELETE", `/users/${id}`)).status).toBe(404);
  const { id: own } = await me(token);
  expect((await call("DELETE", `/users/${own}`)).body.code).toBe("FORBIDDEN");
});

test("a project that refuses the service key says so to administrators, in words, and nothing is made", async () => {
  const key = project.config.serviceRoleKey;
  const config = server.deps.config.supabase as { serviceRoleKey: string };
  config.serviceRoleKey = "sb_secret_of_another_project";
  try {
    const refusal = await call("POST", "/users", person("dora@example.com"));
    expect([refusal.status, refusal.body.error]).toEqual([500, expect.stringContaining("SUPABASE_SERVICE_ROLE_KEY")]);
    expect(JSON.stringify(refusal.body)).not.toContain("sb_secret");
  } finally {
    config.serviceRoleKey = key;
  }
  expect((await call("GET", "/users?limit=100")).body.data.map((user: { email: string }) => user.email)).not.toContain(
    "dora@example.com",
  );
});
