import { createHash, randomUUID } from "node:crypto";
import { emitWarning } from "node:process";
import { serve } from "@hono/node-server";
import { App, generateApiKey, InMemoryEmailDriver } from "@supabase/lite";
import { createPostgresConnection } from "@supabase/lite/postgres";
import { Hono } from "hono";
import { cors } from "hono/cors";
import { exportJWK, generateKeyPair, jwtVerify, SignJWT, type JWTPayload } from "jose";
import type { Config } from "../../api/config.ts";
import { migrate } from "../../api/db/migrate.ts";
import { apiRolePassword, withOwnerSession } from "../../api/db/postgres.ts";
import { freePort } from "./kept-process.ts";
import { startPostgres, TEST_JWT_SECRET } from "./postgres.ts";
import { createSupabaseDatabase, type SupabaseDatabase } from "./supabase-database.ts";

/**
 * A Supabase project: `@supabase/lite` (Auth and REST) on a PostgreSQL server of its own, our migrations applied. What lite lacks stands in
 * front of it, with real cryptography: ES256 tokens with an issuer, their JWKS, the admin API, and links by mail with a code (PKCE).
 */
export interface SupabaseLite {
  readonly config: NonNullable<Config["supabase"]>;
  readonly database: SupabaseDatabase;
  /** What was asked, e.g. "POST /auth/v1/token?grant_type=password", without bodies. */
  readonly requests: string[];
  /** The key that access tokens are signed with. */
  readonly keys: CryptoKeyPair;
  /** Somebody of the project; returns their id. */
  addPerson(email: string, password: string): Promise<string>;
  signIn(email: string, password: string): Promise<string>;
  /** A token of the project's claims, whose owner need not exist. */
  sign(claims: JWTPayload): Promise<string>;
  /** The link in the latest e-mail to somebody. Throws when there is none. */
  mailedLink(email: string): string;
  stop(): Promise<void>;
}

// It replaces that of the process by one that knows no errors; others who test in this thread do.
process.emitWarning = emitWarning;

const KID = "the key of the tests";
const LEGACY_SECRET = "the legacy secret of a project of the tests";

export async function startSupabaseLite(options: { github?: string } = {}): Promise<SupabaseLite> {
  const server = await startPostgres();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const issuer = `${url}/auth/v1`;
  const keys = await generateKeyPair("ES256");
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: KID, alg: "ES256", use: "sig" };
  const [anonKey, serviceRoleKey] = (await Promise.all([generateApiKey("publishable"), generateApiKey("secret")])).map(
    ({ key }) => key,
  ) as [string, string];
  const mails = new InMemoryEmailDriver();

  const connection = createPostgresConnection({ url: server.superUrl("project"), postgresOptions: { onnotice: () => {} } });
  const lite = new App({
    connection,
    api: { external_url: url },
    auth: {
      enabled: true,
      jwt_secret: LEGACY_SECRET,
      site_url: url,
      publishable_key: anonKey,
      secret_key: serviceRoleKey,
      ...(options.github
        ? { external: { github: { enabled: true, client_id: "panel", secret: "of the panel", url: options.github } } }
        : {}),
    },
    options: { drivers: { email: mails } },
  } as unknown as ConstructorParameters<typeof App>[0]);
  const database = await createSupabaseDatabase(server, {
    makeAuthUsers: async (superUrl) => {
      await lite.ensureSystemSchema();
      // The record of migrations is the owner's, made by whoever migrates first.
      const sql = "grant all on all tables in schema auth to project; drop schema supabase_migrations cascade";
      await withOwnerSession(superUrl, (session) => session.exec(sql));
    },
  });
  // It would give every table to everybody once, which a project does not.
  Object.assign(connection, { rlsState: "active" });
  await withOwnerSession(database.url, (session) => migrate(session, apiRolePassword(TEST_JWT_SECRET)));

  const sign = (claims: JWTPayload) =>
    new SignJWT({ iss: issuer, aud: "authenticated", role: "authenticated", iat: now(), exp: now() + 3600, ...claims })
      .setProtectedHeader({ alg: "ES256", kid: KID })
      .sign(keys.privateKey);
  /** lite's token as the project signs it … */
  const outward = async (token: string) => sign((await jwtVerify(token, new TextEncoder().encode(LEGACY_SECRET))).payload);
  /** … and back. Whatever else is asked with reaches lite as it is, which refuses it. */
  const inward = async (authorization: string) => {
    const token = authorization.replace(/^Bearer /, "");
    const verified = await jwtVerify(token, keys.publicKey, { algorithms: ["ES256"] }).catch(() => null);
    if (!verified) return authorization;
    const jwt = new SignJWT(verified.payload).setProtectedHeader({ alg: "HS256", typ: "JWT" });
    return `Bearer ${await jwt.sign(new TextEncoder().encode(LEGACY_SECRET))}`;
  };
  const toLite = async (request: Request, path = request.url.slice(url.length), body?: unknown): Promise<Response> => {
    const headers = new Headers(request.headers);
    const authorization = headers.get("authorization");
    if (authorization) headers.set("authorization", await inward(authorization));
    const hasBody = request.method !== "GET" && request.method !== "HEAD";
    headers.delete("content-length");
    // Browsers come to these by a link, which carries no key.
    if (/^\/auth\/v1\/(verify|authorize|callback)/.test(path)) headers.set("apikey", anonKey);
    return lite.fetch(
      new Request(url + path, {
        method: request.method,
        headers,
        redirect: "manual",
        ...(hasBody ? { body: body === undefined ? await request.clone().text() : JSON.stringify(body) } : {}),
      }),
    );
  };
  const asService = (method: string, path: string, body: unknown) =>
    lite.fetch(
      new Request(url + path, {
        method,
        headers: { apikey: serviceRoleKey, "Content-Type": "application/json" },
        body: JSON.stringify(body),
      }),
    );
  const withSignedToken = async (response: Response): Promise<Response> => {
    const text = await response.text();
    if (!response.ok || !text.includes("access_token")) return new Response(text || null, response);
    const session = JSON.parse(text) as Record<string, unknown>;
    session["access_token"] = await outward(String(session["access_token"]));
    return new Response(JSON.stringify(session), { status: response.status, headers: { "Content-Type": "application/json" } });
  };

  /** What was asked for with the latest mail to an address. */
  const asked = new Map<string, { type: string; redirectTo: string; challenge: string | null }>();
  /** Sessions that wait for who can show the verifier of a challenge. */
  const codes = new Map<string, { challenge: string; session: Record<string, unknown> }>();
  const requests: string[] = [];
  const failure = (status: number, code: string, message: string) =>
    new Response(JSON.stringify({ code, message }), {
      status,
      headers: { "Content-Type": "application/json", "X-Supabase-Api-Version": "2024-01-01" },
    });
  const create = async (email: string, password: string): Promise<string | null> => {
    const response = await asService("POST", "/auth/v1/signup", { email, password });
    if (!response.ok) return null;
    return ((await response.json()) as { user: { id: string } }).user.id;
  };
  const isOurs = (request: Request) => request.headers.get("authorization") === `Bearer ${serviceRoleKey}`;

  const app = new Hono();
  app.use(cors({ origin: "*", exposeHeaders: ["X-Supabase-Api-Version"] }));
  app.use(async (c, next) => {
    requests.push(`${c.req.method} ${c.req.url.slice(url.length)}`);
    await next();
  });
  app.get("/auth/v1/.well-known/jwks.json", (c) => c.json({ keys: [jwk] }));
  app.get("/auth/v1/settings", async (c) => {
    const settings = (await (await toLite(c.req.raw)).json()) as Record<string, unknown>;
    return c.json({ ...settings, disable_signup: true });
  });
  app.post("/auth/v1/signup", () => failure(422, "signup_disabled", "Signups not allowed for this instance"));
  app.post("/auth/v1/:mail{otp|recover}", async (c) => {
    const body = await c.req.json<{ email: string; code_challenge?: string | null }>();
    const type = c.req.param("mail") === "otp" ? "magiclink" : "recovery";
    const redirectTo = c.req.query("redirect_to") ?? url;
    asked.set(body.email, { type, redirectTo, challenge: body.code_challenge ?? null });
    return toLite(c.req.raw, undefined, body);
  });
  app.get("/auth/v1/verify", async (c) => {
    const target = new URL(c.req.url);
    const type = target.searchParams.get("type")!;
    if (type === "invite") target.searchParams.set("type", "magiclink");
    const response = await toLite(c.req.raw, target.href.slice(url.length));
    const location = new URL(response.headers.get("location")!);
    const session = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
    if (!session["access_token"]) return response;
    const { payload } = await jwtVerify(session["access_token"], new TextEncoder().encode(LEGACY_SECRET));
    const challenge = type === "invite" ? null : asked.get(payload["email"] as string)?.challenge;
    Object.assign(session, { access_token: await outward(session["access_token"]), type });
    location.hash = challenge ? "" : new URLSearchParams(session).toString();
    if (challenge) {
      const code = randomUUID();
      codes.set(code, {
        challenge,
        session: { ...session, expires_in: 3600, user: { id: payload.sub, email: payload["email"] } },
      });
      location.searchParams.set("code", code);
    }
    return c.redirect(location.href, 303);
  });
  app.post("/auth/v1/token", async (c) => {
    const given = await c.req.raw.clone().json();
    const waiting = codes.get(given.auth_code);
    if (!waiting) return withSignedToken(await toLite(c.req.raw));
    codes.delete(given.auth_code);
    const shown = createHash("sha256").update(String(given.code_verifier)).digest("base64url");
    if (shown !== waiting.challenge) return failure(400, "bad_code_verifier", "code challenge does not match");
    return c.json(waiting.session);
  });
  app.use("/auth/v1/:admin{admin/.*|invite}", async (c, next) => {
    if (!isOurs(c.req.raw)) return failure(401, "no_authorization", "This endpoint requires a valid Bearer token");
    return next();
  });
  app.get("/auth/v1/admin/users", async (c) => c.json({ users: await database.asSuperuser("select id, email from auth.users") }));
  app.post("/auth/v1/admin/users", async (c) => {
    const { email, password } = await c.req.json<Record<string, string>>();
    const id = await create(email!, password!);
    return id
      ? c.json({ id, email })
      : failure(422, "email_exists", "A user with this email address has already been registered");
  });
  app.post("/auth/v1/invite", async (c) => {
    const { email } = await c.req.json<{ email: string }>();
    const id = await create(email, randomUUID());
    if (!id) return failure(422, "email_exists", "A user with this email address has already been registered");
    asked.set(email, { type: "invite", redirectTo: c.req.query("redirect_to") ?? url, challenge: null });
    await asService("POST", "/auth/v1/otp", { email, create_user: false });
    return c.json({ id, email });
  });
  app.put("/auth/v1/admin/users/:id", async (c) => {
    const { email } = await c.req.json<{ email?: string }>();
    const taken = await database.asSuperuser("select from auth.users where email = $1", [email]);
    if (taken.length > 0) return failure(422, "email_exists", "A user with this email address has already been registered");
    const rows = await database.asSuperuser("update auth.users set email = $2 where id = $1 returning id, email", [
      c.req.param("id"),
      email,
    ]);
    return rows[0] ? c.json(rows[0]) : failure(404, "user_not_found", "User not found");
  });
  app.delete("/auth/v1/admin/users/:id", async (c) => {
    const rows = await database.asSuperuser("delete from auth.users where id = $1 returning id", [c.req.param("id")]);
    return rows.length > 0 ? c.json({}) : failure(404, "user_not_found", "User not found");
  });
  app.all("*", (c) => toLite(c.req.raw));

  const running = serve({ fetch: app.fetch, port, hostname: "127.0.0.1" });
  await new Promise<void>((resolve) => running.once("listening", resolve));

  return {
    config: { url, anonKey, serviceRoleKey, jwtSecret: null },
    database,
    requests,
    keys,
    async addPerson(email, password) {
      const id = await create(email, password);
      if (!id) throw new Error(`The project did not take ${email}.`);
      return id;
    },
    async signIn(email, password) {
      const response = await fetch(`${url}/auth/v1/token?grant_type=password`, {
        method: "POST",
        headers: { apikey: anonKey, "Content-Type": "application/json" },
        body: JSON.stringify({ email, password }),
      });
      if (!response.ok) throw new Error(`Signing in answered ${response.status}: ${await response.text()}`);
      return ((await response.json()) as { access_token: string }).access_token;
    },
    sign,
    mailedLink(email) {
      const text = mails.messages.get(email)?.at(-1)?.text;
      const link = new URL(/https?:\S+/.exec(text ?? "")![0]);
      const { type, redirectTo } = asked.get(email)!;
      link.searchParams.set("type", type);
      link.searchParams.set("redirect_to", redirectTo);
      return link.href;
    },
    async stop() {
      await new Promise((resolve) => {
        running.close(resolve);
        if ("closeAllConnections" in running) running.closeAllConnections();
      });
      await connection.close();
      await server.stop();
    },
  };
}

const now = () => Math.floor(Date.now() / 1000);
