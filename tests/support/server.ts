import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { readConfig } from "../../api/config.ts";
import { SYSTEM } from "../../api/db/actor.ts";
import { buildPreparedFolder } from "../../api/db/prepared.ts";
import { createDeps, type Deps, type Limits } from "../../api/deps.ts";
import { startServer } from "../../api/server.ts";
import { ensureFirstAdministrator } from "../../api/services/auth/ensure-first-administrator.ts";
import { createUser } from "../../api/services/users/create-user.ts";

export const ADMIN = { email: "admin@localhost", password: "correct horse battery" };

export interface TestServer {
  readonly url: string;
  readonly deps: Deps;
  /** The company of an empty database. */
  readonly clientId: string;
  stop(): Promise<void>;
  /** Signs in; every call is a sign-in of its own. */
  signIn(email: string, password: string): Promise<{ access_token: string; refresh_token: string }>;
  adminToken(): Promise<string>;
  /** A person of a company (the first one unless told), signed in. */
  createUser(options?: {
    role?: "admin" | "client";
    client_id?: string;
    email?: string;
  }): Promise<{ id: string; email: string; password: string; token: string }>;
  createClient(name?: string): Promise<string>;
  /** JSON in, JSON out. */
  request(
    method: string,
    path: string,
    options?: { token?: string | undefined; body?: unknown; headers?: Record<string, string> },
  ): Promise<{ status: number; body: any; headers: Headers }>;
}

/** A whole server on a port of its own with an empty embedded database, or the one of `env.DATABASE_URL`. */
export async function startTestServer(
  options: { env?: Record<string, string>; limits?: Partial<Limits> } = {},
): Promise<TestServer> {
  if (!options.env?.["DATABASE_URL"]) await buildPreparedFolder();
  const dataDir = mkdtempSync(join(tmpdir(), "renus-server-"));
  const config = readConfig({ PORT: "0", DATA_DIR: dataDir, ADMIN_PASSWORD: ADMIN.password, ...options.env });
  const deps = await createDeps(config, pino({ level: "silent" }), { limits: options.limits ?? {} });
  await ensureFirstAdministrator(deps);
  const server = await startServer(deps);
  const clients = await deps.db.as(SYSTEM, (trx) => trx.selectFrom("clients").select("id").limit(1).execute());

  const request: TestServer["request"] = async (method, path, { token, body, headers } = {}) => {
    const response = await fetch(server.url + path, {
      method,
      headers: {
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get("Content-Type")?.includes("json");
    return { status: response.status, body: isJson && text ? JSON.parse(text) : text, headers: response.headers };
  };
  const signIn: TestServer["signIn"] = async (email, password) => {
    const { status, body } = await request("POST", "/auth/v1/token?grant_type=password", { body: { email, password } });
    if (status !== 200) throw new Error(`Sign-in answered ${status}: ${JSON.stringify(body)}`);
    return body;
  };
  let people = 0;
  const clientId = clients[0]?.id ?? "";
  return {
    url: server.url,
    deps,
    clientId,
    request,
    signIn,
    adminToken: async () => (await signIn(ADMIN.email, ADMIN.password)).access_token,
    async createUser({ role = "client", client_id = clientId, email = `person-${++people}@example.com` } = {}) {
      const password = "a long enough password";
      const user = await createUser(deps, { email, password, role, client_id: role === "admin" ? null : client_id, name: null });
      return { id: user.id, email, password, token: (await signIn(email, password)).access_token };
    },
    createClient: async (name = "Another company") =>
      (await deps.db.as(SYSTEM, (trx) => trx.insertInto("clients").values({ name }).returning("id").executeTakeFirstOrThrow()))
        .id,
    async stop() {
      await server.stop();
      await deps.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
