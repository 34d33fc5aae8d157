import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino, type Logger } from "pino";
import type { Agent, PublicSession, PublishResult, SubAgent } from "../../protocol/resources.ts";
import { readConfig, type Config } from "../../api/config.ts";
import { SYSTEM } from "../../api/db/actor.ts";
import type { Database } from "../../api/db/database.ts";
import { createDeps, type Deps, type Limits } from "../../api/deps.ts";
import type { OrchestratorOptions } from "../../api/orchestrator/options.ts";
import { startServer, type HttpLimits } from "../../api/server.ts";
import { hashPassword } from "../../api/lib/passwords.ts";
import { ensureFirstAdministrator } from "../../api/services/auth/ensure-first-administrator.ts";
import { signAccessToken } from "../../api/services/auth/tokens.ts";
import { openDefaultDatabase } from "./default-database.ts";

export interface TestServerOptions {
  /** Default: one of its own. It is closed with the server. */
  db?: Database;
  /** Added to the environment that the configuration is read from. */
  environment?: Record<string, string>;
  /** People sign in through this project. */
  supabase?: Config["supabase"];
  /** Limits of an address are high by default, because all tests come from one. */
  limits?: Partial<Limits>;
  httpLimits?: Partial<HttpLimits>;
  orchestrator?: Partial<OrchestratorOptions>;
  /** Default: what `LOG_LEVEL` says goes to stdout. */
  log?: Logger;
}

/** A whole server on a free port of the loopback, with a first administrator and company, and what tests do with it. */
export interface TestServer {
  readonly url: string;
  readonly deps: Deps;
  readonly adminEmail: string;
  readonly adminPassword: string;
  stop(): Promise<void>;
  /** One token for the whole server; it lives for ten minutes. */
  adminToken(): Promise<string>;
  /** JSON in, JSON out. `body` undefined sends none. */
  call<T = any>(method: string, path: string, options?: CallOptions): Promise<Answer<T>>;
  /** The same without a token unless one is given. */
  request<T = any>(method: string, path: string, options?: CallOptions): Promise<Answer<T>>;
  /** A real sign-in with a password; throws unless it succeeds. */
  signIn(email: string, password: string): Promise<{ access_token: string; refresh_token: string; expires_at: number }>;
  /** The same as `call`, and throws unless the status is 2xx. */
  ok<T = any>(method: string, path: string, options?: CallOptions): Promise<T>;
  createClient(name?: string): Promise<{ id: string; name: string }>;
  /** A person who is signed in already; an administrator unless told otherwise. */
  createUser(user?: { role?: "admin" | "client"; client_id?: string | null; name?: string }): Promise<TestUser>;
  createAgent(body?: Record<string, unknown>, token?: string): Promise<Agent>;
  createSubAgent(agentId: string, body?: Record<string, unknown>, token?: string): Promise<SubAgent>;
  publish(agentId: string, token?: string): Promise<PublishResult>;
  /** An agent that visitors can reach. */
  createPublishedAgent(body?: Record<string, unknown>, token?: string): Promise<Agent>;
  createSession(slug: string, options?: { token?: string; body?: Record<string, unknown> }): Promise<PublicSession>;
}
export interface CallOptions {
  /** Default: the administrator's; null sends none. */
  token?: string | null;
  body?: unknown;
  headers?: Record<string, string>;
}
export interface Answer<T> {
  status: number;
  body: T;
  headers: Headers;
}
export interface TestUser {
  id: string;
  email: string;
  password: string;
  token: string;
}

export const TEST_PASSWORD = "correct horse battery staple";
export const ADMIN = { email: "admin@localhost", password: TEST_PASSWORD } as const;

export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const dataDir = mkdtempSync(join(tmpdir(), "renus-test-"));
  const config = {
    ...readConfig({
      HOST: "127.0.0.1",
      PORT: "0",
      DATA_DIR: dataDir,
      JWT_SECRET: "a secret that only the tests know, long enough",
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      LOG_LEVEL: "silent",
      ...options.environment,
    }),
    ...(options.supabase ? { supabase: options.supabase } : {}),
  };
  const log = options.log ?? pino({ level: config.logLevel });
  const db = options.db ?? (await openDefaultDatabase());
  const ofAddress = { sessionsPerHourPerIp: 1_000_000, messagesPerMinutePerIp: 1_000_000, messagesPerDayPerIp: 1_000_000 };
  const deps = await createDeps(config, log, {
    db,
    limits: { ...ofAddress, ...options.limits },
    orchestrator: options.orchestrator ?? {},
  });
  await ensureFirstAdministrator(deps);
  const running = await startServer(deps, options.httpLimits);
  // The port is known only now.
  if (!options.environment?.["PUBLIC_URL"]) config.publicUrl = running.url;

  let adminToken: Promise<string> | null = null;
  const readAdminToken = () =>
    (adminToken ??= signedIn(deps, async (trx) => {
      const { id, email } = await trx
        .selectFrom("auth.users")
        .select(["id", "email"])
        .where("email", "=", config.adminEmail)
        .executeTakeFirstOrThrow();
      return { id, email };
    }).then((user) => user.token));

  async function call(method: string, path: string, { token, body, headers = {} }: CallOptions = {}): Promise<Answer<any>> {
    const bearer = token === undefined ? await readAdminToken() : token;
    const res = await fetch(running.url + path, {
      method,
      headers: {
        ...(bearer === null ? {} : { Authorization: `Bearer ${bearer}` }),
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await res.text();
    const isJson = (res.headers.get("Content-Type") ?? "").includes("json");
    return { status: res.status, body: isJson && text !== "" ? JSON.parse(text) : text, headers: res.headers };
  }
  async function ok(method: string, path: string, callOptions?: CallOptions): Promise<any> {
    const answer = await call(method, path, callOptions);
    if (answer.status >= 300) throw new Error(`${method} ${path} → ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  const server: TestServer = {
    url: running.url,
    deps,
    adminEmail: config.adminEmail,
    adminPassword: TEST_PASSWORD,
    async stop() {
      await running.stop();
      await deps.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
    adminToken: readAdminToken,
    call,
    ok,
    createClient: (name = "Second company") =>
      db.as(SYSTEM, (trx) => trx.insertInto("clients").values({ name }).returning(["id", "name"]).executeTakeFirstOrThrow()),
    request: (method, path, callOptions = {}) => call(method, path, { ...callOptions, token: callOptions.token ?? null }),
    signIn: (email, password) => ok("POST", "/auth/v1/token?grant_type=password", { token: null, body: { email, password } }),
    async createUser({ role = "admin", client_id = null, name = "Ana" } = {}) {
      passwordHash ??= hashPassword(TEST_PASSWORD);
      const encryptedPassword = await passwordHash;
      return signedIn(deps, async (trx) => {
        const user = await trx
          .insertInto("auth.users")
          .values({
            email: `${randomUUID()}@example.test`,
            encrypted_password: encryptedPassword,
            email_confirmed_at: new Date().toISOString(),
          })
          .returning(["id", "email"])
          .executeTakeFirstOrThrow();
        await trx.insertInto("profiles").values({ id: user.id, role, client_id, name, email: user.email }).execute();
        return user;
      });
    },
    createAgent: (body = {}, token) => ok("POST", "/agents", { token, body: { name: "Test agent", ...body } }),
    createSubAgent: (agentId, body = {}, token) =>
      ok("POST", `/agents/${agentId}/sub-agents`, {
        token,
        body: { name: "Specialist", topics: ["prices"], system_prompt: "You know the prices.", ...body },
      }),
    publish: (agentId, token) => ok("POST", `/agents/${agentId}/publish`, { token }),
    async createPublishedAgent(body = {}, token) {
      const agent = await server.createAgent(body, token);
      return (await server.publish(agent.id, token)).agent;
    },
    createSession: (slug, { token, body = {} } = {}) =>
      ok("POST", `/public/agents/${slug}/sessions`, { token: token ?? null, body }),
  };
  return server;
}

// One hash serves everybody: it takes 70 ms.
let passwordHash: Promise<string> | null = null;

type Trx = Parameters<Parameters<Database["as"]>[1]>[0];

/** A sign-in by password for every person of every test would cost more than the tests. */
async function signedIn(deps: Deps, findOrCreate: (trx: Trx) => Promise<{ id: string; email: string }>): Promise<TestUser> {
  const { user, sessionId } = await deps.db.as(SYSTEM, async (trx) => {
    const person = await findOrCreate(trx);
    const session = await trx
      .insertInto("auth.sessions")
      .values({ user_id: person.id })
      .returning("id")
      .executeTakeFirstOrThrow();
    return { user: person, sessionId: session.id };
  });
  const { token } = await signAccessToken(deps, { user_id: user.id, email: user.email, session_id: sessionId });
  return { ...user, password: TEST_PASSWORD, token };
}
