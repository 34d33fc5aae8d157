import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { sign } from "hono/jwt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SYSTEM } from "../db/actor.ts";
import { signVisitorToken, verifyAnyToken } from "../services/auth/tokens.ts";
import { ADMIN, startTestServer, type TestServer } from "../../tests/support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const refresh = (refresh_token: unknown) =>
  server.request("POST", "/auth/v1/token?grant_type=refresh_token", { body: { refresh_token } });
const me = async (token: string) => (await server.request("GET", "/me", { token })).status;
/** Moves what happened to a refresh token into the past. */
const age = (seconds: number) =>
  server.deps.db.as(SYSTEM, async (trx) => {
    const rows = await trx.selectFrom("auth.refresh_tokens").selectAll().execute();
    const earlier = (at: string | null) => at && new Date(Date.parse(at) - seconds * 1000).toISOString();
    for (const row of rows) {
      await trx
        .updateTable("auth.refresh_tokens")
        .set({ used_at: earlier(row.used_at), created_at: earlier(row.created_at)! })
        .where("token_hash", "=", row.token_hash)
        .execute();
    }
  });

describe("the unchanged supabase-js", () => {
  const newClient = (): SupabaseClient =>
    createClient(server.url, "anon", { auth: { persistSession: false, autoRefreshToken: false } });

  test("signs in, reads its user and claims, refreshes and signs out", async () => {
    const person = await server.createUser();
    const supabase = newClient();
    const signedIn = await supabase.auth.signInWithPassword({ email: person.email, password: person.password });
    expect(signedIn.error).toBeNull();
    expect(signedIn.data.user).toMatchObject({ id: person.id, email: person.email, aud: "authenticated" });
    expect(signedIn.data.session!.expires_in).toBe(600);

    expect((await supabase.auth.getUser()).data.user).toMatchObject({ id: person.id, email: person.email });
    const { data: claims } = await supabase.auth.getClaims();
    expect(claims!.claims).toMatchObject({ sub: person.id, role: "authenticated", aal: "aal1", aud: "authenticated" });

    const refreshed = await supabase.auth.refreshSession();
    expect(refreshed.error).toBeNull();
    expect(refreshed.data.session!.refresh_token).not.toBe(signedIn.data.session!.refresh_token);
    const token = refreshed.data.session!.access_token;
    expect(await me(token)).toBe(200);

    expect((await supabase.auth.signOut()).error).toBeNull();
    expect((await supabase.auth.getSession()).data.session).toBeNull();
    expect(await me(token)).toBe(401);
    expect((await refresh(refreshed.data.session!.refresh_token)).status).toBe(400);
  });

  test("fails properly on a wrong password, an unknown account, a sign-up", async () => {
    const supabase = newClient();
    const person = await server.createUser();
    for (const email of [person.email, "nobody@example.com"]) {
      const { data, error } = await supabase.auth.signInWithPassword({ email, password: "wrong password" });
      expect(data.session).toBeNull();
      expect(error).toMatchObject({
        name: "AuthApiError",
        status: 400,
        code: "invalid_credentials",
        message: "Invalid login credentials",
      });
    }
    const { error } = await supabase.auth.signUp({ email: "new@example.com", password: "a long enough password" });
    expect(error).toMatchObject({ status: 422, code: "signup_disabled" });
  });

  test("learns that its sign-in was ended elsewhere", async () => {
    const person = await server.createUser();
    const [here, there] = [newClient(), newClient()];
    await here.auth.signInWithPassword(person);
    await there.auth.signInWithPassword(person);
    expect((await there.auth.signOut({ scope: "others" })).error).toBeNull();
    expect((await here.auth.getUser()).error).toMatchObject({ name: "AuthSessionMissingError" });
    expect((await here.auth.getSession()).data.session).toBeNull();
    expect((await there.auth.getUser()).error).toBeNull();
  });

  test("changes its password, which ends the other sign-ins", async () => {
    const person = await server.createUser();
    const supabase = newClient();
    await supabase.auth.signInWithPassword(person);
    expect((await supabase.auth.updateUser({ password: person.password })).error).toMatchObject({ code: "same_password" });
    expect((await supabase.auth.updateUser({ password: "short" })).error).toMatchObject({ code: "weak_password" });
    expect((await supabase.auth.updateUser({ email: "other@example.com" })).error).toMatchObject({ status: 422 });
    const { error, data } = await supabase.auth.updateUser({ password: "another good password", data: { theme: "dark" } });
    expect(error).toBeNull();
    expect(data.user!.user_metadata).toEqual({ theme: "dark" });
    expect(await me(person.token)).toBe(401);
    expect((await supabase.auth.getUser()).error).toBeNull();
    expect((await newClient().auth.signInWithPassword(person)).error).toMatchObject({ code: "invalid_credentials" });
    expect((await newClient().auth.signInWithPassword({ ...person, password: "another good password" })).error).toBeNull();
  });
});

describe("sign-in", () => {
  test("tells the panel where", async () => {
    const { status, body } = await server.request("GET", "/auth/config");
    expect(status).toBe(200);
    expect(body).toEqual({ provider: "embedded", url: server.url, anon_key: "anon" });
  });

  test("ignores case and blanks around the e-mail address", async () => {
    expect((await server.signIn(` ${ADMIN.email.toUpperCase()} `, ADMIN.password)).access_token).toBeTruthy();
  });

  test("speaks the older error shape to clients that name no API version", async () => {
    const { status, body, headers } = await server.request("POST", "/auth/v1/token?grant_type=password", {
      body: { email: "nobody@example.com", password: "x" },
    });
    expect(status).toBe(400);
    expect(body).toEqual({ code: 400, error_code: "invalid_credentials", msg: "Invalid login credentials" });
    expect(headers.get("Cache-Control")).toBe("no-store");
  });

  test.each<[string, string, unknown, string]>([
    ["no JSON", "password", "{", "bad_json"],
    ["no object", "password", [1], "validation_failed"],
    ["no password", "password", { email: "a@example.com" }, "validation_failed"],
    ["an e-mail address that is an object", "password", { email: { $ne: 1 }, password: "x" }, "validation_failed"],
    ["a refresh token that is a number", "refresh_token", { refresh_token: 1 }, "validation_failed"],
    ["an unknown refresh token", "refresh_token", { refresh_token: "nobody-knows-it" }, "refresh_token_not_found"],
    [
      "NUL and SQL in a refresh token",
      "refresh_token",
      { refresh_token: "'; drop table auth.users;--\u0000" },
      "refresh_token_not_found",
    ],
    ["SQL as e-mail address", "password", { email: "' or 1=1 --", password: "x" }, "invalid_credentials"],
    ["NUL in the e-mail address", "password", { email: "a\u0000@example.com", password: "x" }, "validation_failed"],
    ["an unknown grant", "magic", { email: "a@example.com", password: "x" }, "validation_failed"],
  ])("answers %s with its code", async (_name, grant, body, errorCode) => {
    const answer = await server.request("POST", `/auth/v1/token?grant_type=${grant}`, { body });
    expect(answer.body).toMatchObject({ code: 400, error_code: errorCode });
    expect(answer.status).toBe(400);
  });

  test("refuses a body that is too large", async () => {
    const answer = await server.request("POST", "/auth/v1/token?grant_type=password", {
      body: { email: "a@example.com", password: "x".repeat(40_000) },
    });
    expect(answer.status).toBe(413);
    expect(answer.body).toMatchObject({ code: "PAYLOAD_TOO_LARGE" });
  });

  test("lets pages of other origins ask", async () => {
    const response = await fetch(`${server.url}/auth/v1/token?grant_type=password`, {
      method: "OPTIONS",
      headers: {
        Origin: "https://panel.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "apikey,authorization,content-type,x-client-info",
      },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get("Access-Control-Allow-Origin")).toBe("*");
    expect(response.headers.get("Access-Control-Allow-Headers")).toContain("apikey");
    // Refusals as well, or the page could not read why.
    const refused = await server.request("GET", "/auth/v1/user", { headers: { Origin: "https://panel.example" } });
    expect(refused.status).toBe(401);
    expect(refused.headers.get("Access-Control-Allow-Origin")).toBe("*");
    expect(refused.headers.get("Cache-Control")).toBe("no-store");
  });
});

describe("a refresh token", () => {
  test("works once; used again later it ends the whole sign-in", async () => {
    const person = await server.createUser();
    const first = await server.signIn(person.email, person.password);
    const second = await refresh(first.refresh_token);
    expect(second.status).toBe(200);
    const third = await refresh(second.body.refresh_token);
    expect(third.status).toBe(200);
    expect(await me(third.body.access_token)).toBe(200);

    const reused = await refresh(first.refresh_token);
    expect(reused.status).toBe(400);
    expect(reused.body.error_code).toBe("refresh_token_already_used");
    expect((await refresh(third.body.refresh_token)).status).toBe(400);
    expect(await me(third.body.access_token)).toBe(401);
    // The other sign-in of the same person is somebody else's business.
    expect(await me(person.token)).toBe(200);
  });

  test("sent by several tabs at once signs nobody out", async () => {
    const person = await server.createUser();
    const { refresh_token } = await server.signIn(person.email, person.password);
    const answers = await Promise.all(Array.from({ length: 5 }, () => refresh(refresh_token)));
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200, 200]);
    // All tabs hold the same successor, so that its own reuse is still noticed.
    expect(new Set(answers.map((answer) => answer.body.refresh_token)).size).toBe(1);
    expect((await refresh(answers[0]!.body.refresh_token)).status).toBe(200);
  });

  test("is not repeated half a minute later", async () => {
    const person = await server.createUser();
    const { refresh_token } = await server.signIn(person.email, person.password);
    const next = await refresh(refresh_token);
    await age(31);
    expect((await refresh(refresh_token)).body.error_code).toBe("refresh_token_already_used");
    expect((await refresh(next.body.refresh_token)).status).toBe(400);
  });

  test("is forgotten after a month without use", async () => {
    const person = await server.createUser();
    const { refresh_token } = await server.signIn(person.email, person.password);
    await age(31 * 24 * 3600);
    expect((await refresh(refresh_token)).body.error_code).toBe("refresh_token_not_found");
  });

  test("is kept as a hash only", async () => {
    const { refresh_token } = await server.signIn(ADMIN.email, ADMIN.password);
    const rows = await server.deps.db.as(SYSTEM, (trx) => trx.selectFrom("auth.refresh_tokens").selectAll().execute());
    expect(JSON.stringify(rows)).not.toContain(refresh_token);
    expect(rows.every((row) => /^[0-9a-f]{64}$/.test(row.token_hash))).toBe(true);
  });
});

describe("an access token", () => {
  const claims = async (changes: Record<string, unknown> = {}) => {
    const { access_token } = await server.signIn(ADMIN.email, ADMIN.password);
    const payload = JSON.parse(Buffer.from(access_token.split(".")[1]!, "base64url").toString());
    return { ...payload, ...changes };
  };
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const secret = () => server.deps.config.jwtSecret;

  test("signed by us opens /me", async () => {
    const token = await sign(await claims(), secret(), "HS256");
    const { status, body } = await server.request("GET", "/me", { token });
    expect(status).toBe(200);
    expect(body.user).toMatchObject({ email: ADMIN.email, role: "admin", client_id: null });
  });

  test.each<[string, () => Promise<string>]>([
    ["expired", async () => sign(await claims({ exp: Math.floor(Date.now() / 1000) - 1 }), secret(), "HS256")],
    ["without an end", async () => sign(await claims({ exp: undefined }), secret(), "HS256")],
    ["not yet valid", async () => sign(await claims({ nbf: Math.floor(Date.now() / 1000) + 60 }), secret(), "HS256")],
    ["signed with another secret", async () => sign(await claims(), "x".repeat(48), "HS256")],
    ["signed with another algorithm", async () => sign(await claims(), secret(), "HS512")],
    ["of algorithm none", async () => `${part({ alg: "none", typ: "JWT" })}.${part(await claims())}.`],
    ["of another issuer", async () => sign(await claims({ iss: "https://evil.example" }), secret(), "HS256")],
    ["for another audience", async () => sign(await claims({ aud: "renus:visitor" }), secret(), "HS256")],
    ["of no sign-in", async () => sign(await claims({ session_id: undefined }), secret(), "HS256")],
    ["of an unknown sign-in", async () => sign(await claims({ session_id: crypto.randomUUID() }), secret(), "HS256")],
    ["with somebody else's sign-in", async () => sign(await claims({ sub: crypto.randomUUID() }), secret(), "HS256")],
    ["with SQL as subject", async () => sign(await claims({ sub: "' or true --" }), secret(), "HS256")],
    [
      "changed after signing",
      async () => {
        const [head, , signature] = (await sign(await claims(), secret(), "HS256")).split(".");
        return `${head}.${part(await claims({ email: "evil@example.com" }))}.${signature}`;
      },
    ],
    [
      "of a visitor",
      async () =>
        (
          await signVisitorToken(server.deps, {
            visitor_id: crypto.randomUUID(),
            agent_id: crypto.randomUUID(),
            client_id: crypto.randomUUID(),
          })
        ).token,
    ],
    ["that is none", async () => "not-a-token"],
  ])("%s opens nothing", async (_name, makeToken) => {
    const token = await makeToken();
    const answer = await server.request("GET", "/me", { token });
    expect(answer.status).toBe(401);
    expect(answer.body).toMatchObject({ code: "AUTH_ERROR", request_id: expect.any(String) });
    expect(JSON.stringify(answer.body)).not.toContain(token);
    expect((await server.request("GET", "/auth/v1/user", { token })).status).toBe(403);
  });

  test("is needed", async () => {
    expect((await server.request("GET", "/me")).status).toBe(401);
    expect((await server.request("GET", "/auth/v1/user")).status).toBe(401);
    expect((await server.request("POST", "/auth/v1/logout")).status).toBe(401);
  });

  test("is told apart from a visitor's where either may come", async () => {
    const visitor = { visitor_id: crypto.randomUUID(), agent_id: crypto.randomUUID(), client_id: crypto.randomUUID() };
    const visitorToken = (await signVisitorToken(server.deps, visitor)).token;
    expect((await verifyAnyToken(server.deps, visitorToken)).actor).toEqual({ kind: "visitor", ...visitor });
    const verified = await verifyAnyToken(server.deps, await server.adminToken());
    expect(verified.actor).toMatchObject({ kind: "user", email: ADMIN.email });
    expect(verified.expires_at).toBeGreaterThan(Date.now() / 1000);
    await expect(verifyAnyToken(server.deps, "x.y.z")).rejects.toMatchObject({ code: "AUTH_ERROR" });
  });
});

describe("signing out", () => {
  test("ends the sign-ins that its scope names, at once, and tells the sockets", async () => {
    const person = await server.createUser();
    const signIns = await Promise.all([0, 1, 2].map(() => server.signIn(person.email, person.password)));
    const [a, b, c] = signIns.map((signIn) => signIn.access_token) as [string, string, string];
    const heard: unknown[] = [];
    const stopHearing = server.deps.bus.subscribe((event) => event.topic === "signed_out" && heard.push(event.user_id));
    expect(await Promise.all([a, b, c].map(me))).toEqual([200, 200, 200]);

    expect((await server.request("POST", "/auth/v1/logout?scope=local", { token: a })).status).toBe(204);
    expect(await Promise.all([a, b, c].map(me))).toEqual([401, 200, 200]);
    expect(heard).toEqual([person.id]);
    await server.request("POST", "/auth/v1/logout?scope=others", { token: b });
    expect(await Promise.all([a, b, c].map(me))).toEqual([401, 200, 401]);
    expect((await server.request("POST", "/auth/v1/logout?scope=everything", { token: b })).status).toBe(400);
    await server.request("POST", "/auth/v1/logout", { token: b });
    expect(await me(b)).toBe(401);
    expect(await Promise.all(signIns.map(async (signIn) => (await refresh(signIn.refresh_token)).status))).toEqual([
      400, 400, 400,
    ]);
    stopHearing();
  });
});
