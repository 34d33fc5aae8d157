import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportJWK, generateKeyPair, type JWTPayload } from "jose";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openDefaultDatabase } from "../../../tests/support/default-database.ts";
import { ownerQuery } from "../../../tests/support/owner.ts";
import { PROJECT_LEGACY_SECRET, startSupabaseProject, type SupabaseProject } from "../../../tests/support/supabase-project.ts";
import { readConfig, type Config } from "../../config.ts";
import type { Database } from "../../db/database.ts";
import { createDeps, type Deps } from "../../deps.ts";
import { startServer, type RunningServer } from "../../server.ts";
import { ensureFirstAdministrator } from "./ensure-first-administrator.ts";
import { createSupabaseVerifier } from "./supabase-tokens.ts";
import { verifyAnyToken } from "./tokens.ts";

const dataDir = mkdtempSync(join(tmpdir(), "renus-supabase-"));

let otherKey: CryptoKeyPair;
let project: SupabaseProject, projectUrl: string, db: Database, deps: Deps & { close(): Promise<void> }, server: RunningServer;
const asked = (what: string) => project.requests.filter((request) => request.what === what);

async function newPerson(email: string): Promise<string> {
  const [row] = await ownerQuery(db, "insert into auth.users (email) values ($1) returning id", [email]);
  return row!["id"] as string;
}
const base = (sub: string): JWTPayload => ({
  sub,
  email: "ana@example.com",
  role: "authenticated",
  session_id: crypto.randomUUID(),
});
const signed: SupabaseProject["signed"] = (...given) => project.signed(...given);
const call = async (method: string, path: string, token: string | null, body?: unknown) => {
  const response = await fetch(server.url + path, {
    method,
    headers: { ...(token ? { Authorization: `Bearer ${token}` } : {}), "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text ? JSON.parse(text) : null };
};

beforeAll(async () => {
  otherKey = await generateKeyPair("ES256");
  db = await openDefaultDatabase();
  project = await startSupabaseProject(newPerson);
  projectUrl = project.url;
  const config: Config = {
    ...readConfig({ PORT: "0", DATA_DIR: dataDir, ADMIN_EMAIL: "owner@example.com" }),
    supabase: project.config,
  };
  deps = await createDeps(config, pino({ level: "silent" }), { db });
  server = await startServer(deps);
});
afterAll(async () => {
  await server.stop();
  await deps.close();
  await project.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

test("the project's own secret does not sign visitors' tokens", () => {
  const secret = "one secret for everything, 32 bytes or more";
  const environment = { DATA_DIR: dataDir, JWT_SECRET: secret, SUPABASE_JWT_SECRET: secret };
  expect(() => readConfig(environment)).toThrow("JWT_SECRET must not be the project's");
  expect(readConfig({ ...environment, SUPABASE_JWT_SECRET: PROJECT_LEGACY_SECRET }).jwtSecret).toBe(secret);
});

test("the first administrator is made in the project", async () => {
  const administrator = await ensureFirstAdministrator(deps);
  expect(administrator).toEqual({ email: "owner@example.com", generated_password: expect.stringMatching(/^.{20}$/) });
  const made = asked("POST /auth/v1/admin/users");
  expect(made).toHaveLength(1);
  expect(made[0]!.authorization).toBe("Bearer service-key");
  expect(JSON.parse(made[0]!.body)).toEqual({
    email: "owner@example.com",
    password: administrator!.generated_password,
    email_confirm: true,
  });
  expect(await ensureFirstAdministrator(deps)).toBeNull();
  const [row] = await ownerQuery(db, "select id from profiles where role = 'admin'");
  const token = await (await signed({ ...base(row!["id"] as string), email: "owner@example.com" })).sign(project.keys.privateKey);
  expect((await call("GET", "/me", token)).body.user).toMatchObject({ role: "admin", email: "owner@example.com" });
});

test("sign-in is the project's: ours does not exist, the panel is told where", async () => {
  expect((await call("GET", "/auth/config", null)).body).toEqual({
    provider: "supabase",
    url: projectUrl,
    anon_key: "public-key",
  });
  const answer = await call("POST", "/auth/v1/token?grant_type=password", null, { email: "owner@example.com", password: "x" });
  expect([answer.status, answer.body.code]).toEqual([404, "NOT_FOUND"]);
});

describe("tokens of the project", () => {
  test("by its JWKS: a new person has no rights until an administrator gives some", async () => {
    const id = await newPerson("ana@example.com");
    const token = await signed(base(id)).sign(project.keys.privateKey);
    const { status, body } = await call("GET", "/me", token);
    expect(status).toBe(200);
    expect(body.user).toEqual({ id, email: "ana@example.com", role: "client", client_id: null, name: null });
    expect((await call("GET", "/agents", token)).body.data).toEqual([]);
    expect((await verifyAnyToken(deps, token)).actor).toMatchObject({ kind: "user", user_id: id });

    const [admin] = await ownerQuery(db, "select id from profiles where role = 'admin'");
    const adminToken = await signed(base(admin!["id"] as string)).sign(project.keys.privateKey);
    const [company] = await ownerQuery(db, "select id from clients");
    expect((await call("GET", "/users", adminToken)).body.data.map((user: { id: string }) => user.id)).toContain(id);
    const placed = await call("PATCH", `/users/${id}`, adminToken, { client_id: company!["id"] });
    expect(placed.body).toMatchObject({ id, client_id: company!["id"] });
    expect((await call("GET", "/me", token)).body.user.client_id).toBe(company!["id"]);
    expect((await call("PATCH", `/users/${id}`, adminToken, { password: "another long one" })).body.error).toContain("link");
  });

  test("by the legacy HS256 secret", async () => {
    const id = await newPerson("legacy@example.com");
    const token = await signed(base(id), (jwt) => jwt, "HS256").sign(new TextEncoder().encode(PROJECT_LEGACY_SECRET));
    expect((await call("GET", "/me", token)).status).toBe(200);
  });

  test("are remembered: the keys are fetched once", async () => {
    const token = await signed(base(await newPerson("often@example.com"))).sign(project.keys.privateKey);
    for (let n = 0; n < 5; n++) expect((await call("GET", "/me", token)).status).toBe(200);
    expect(asked("GET /auth/v1/.well-known/jwks.json")).toHaveLength(1);
  });

  test("by a key that came later: it is looked for once in half a minute, whatever strangers send", async () => {
    const id = await newPerson("rotated@example.com");
    const rsa = await generateKeyPair("RS256");
    const byRsa = (kid: string) => signed(base(id), (jwt) => jwt, "RS256", kid).sign(rsa.privateKey);
    const before = project.publicKeys;
    const fetches = asked("GET /auth/v1/.well-known/jwks.json").length;
    vi.useFakeTimers({ toFake: ["Date"] });
    try {
      const verify = createSupabaseVerifier(project.config);
      expect(await verify(await signed(base(id)).sign(project.keys.privateKey))).toMatchObject({ sub: id });
      project.publicKeys = [...before, { ...(await exportJWK(rsa.publicKey)), kid: "two", alg: "RS256", use: "sig" }];
      for (let n = 0; n < 20; n++) expect(await verify(await byRsa(`made up ${n}`))).toBeNull();
      expect(asked("GET /auth/v1/.well-known/jwks.json")).toHaveLength(fetches + 1);
      vi.setSystemTime(Date.now() + 31_000);
      expect(await verify(await byRsa("two"))).toMatchObject({ sub: id });
      for (let n = 0; n < 20; n++) expect(await verify(await byRsa(`made up ${n}`))).toBeNull();
      expect(asked("GET /auth/v1/.well-known/jwks.json")).toHaveLength(fetches + 2);
      // The key is withdrawn: ten minutes later it opens nothing any more.
      project.publicKeys = before;
      vi.setSystemTime(Date.now() + 601_000);
      expect(await verify(await byRsa("two"))).toBeNull();
    } finally {
      project.publicKeys = before;
      vi.useRealTimers();
    }
  });

  test("are neither good nor bad while the project's keys cannot be had", async () => {
    const token = await signed(base(await newPerson("waiting@example.com"))).sign(project.keys.privateKey);
    const down = createSupabaseVerifier({ ...project.config, url: "http://127.0.0.1:9" });
    await expect(down(token)).rejects.toMatchObject({
      code: "INTERNAL_ERROR",
      message: expect.stringContaining("does not answer"),
    });
    const wrong = createSupabaseVerifier({ ...project.config, url: `${projectUrl}/elsewhere` });
    await expect(wrong(token)).rejects.toMatchObject({ code: "INTERNAL_ERROR" });
  });

  const utf8 = (text: string) => new TextEncoder().encode(text);
  test.each<[string, (id: string) => Promise<string>]>([
    ["expired", (id) => signed(base(id), (jwt) => jwt.setExpirationTime(1)).sign(project.keys.privateKey)],
    [
      "of another project",
      (id) => signed(base(id), (jwt) => jwt.setIssuer("https://other.supabase.co/auth/v1")).sign(project.keys.privateKey),
    ],
    ["for another audience", (id) => signed(base(id), (jwt) => jwt.setAudience("renus:visitor")).sign(project.keys.privateKey)],
    ["signed with another key", (id) => signed(base(id)).sign(otherKey.privateKey)],
    ["of an anonymous sign-in", (id) => signed({ ...base(id), is_anonymous: true }).sign(project.keys.privateKey)],
    [
      "signed with the public key as a secret",
      async (id) => signed(base(id), (jwt) => jwt, "HS256").sign(utf8(JSON.stringify(await exportJWK(project.keys.publicKey)))),
    ],
    ["signed with our own secret", (id) => signed(base(id), (jwt) => jwt, "HS256").sign(utf8(deps.config.jwtSecret))],
    ["of somebody the project has deleted", () => signed(base(crypto.randomUUID())).sign(project.keys.privateKey)],
  ])("%s are refused", async (_name, makeToken) => {
    const answer = await call("GET", "/me", await makeToken(await newPerson(`${crypto.randomUUID()}@example.com`)));
    expect([answer.status, answer.body.code]).toEqual([401, "AUTH_ERROR"]);
  });
});
