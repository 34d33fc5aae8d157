import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../../tests/support/server.ts";

interface Operation {
  operationId: string;
  security?: Record<string, string[]>[];
}
const document = JSON.parse(readFileSync(new URL("../../docs/openapi.json", import.meta.url), "utf8"));
const OPERATIONS = Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, { operationId, security = [] }]) => ({
    id: operationId,
    method: method.toUpperCase(),
    path,
    isGuarded: security.length > 0 && security.every((entry) => Object.keys(entry).length > 0),
  })),
);
const PAGES = ["/", "/admin", "/admin/", "/admin/agents", "/admin/preview", "/docs", "/a/desk", "/a/desk?embed", "/a/nobody"];
const FILES = [
  "/widget/v1.js",
  "/a/desk/icon.svg",
  "/a/desk/manifest.webmanifest",
  "/a/desk/qr.svg",
  "/widget/assets/none.js",
  "/nothing/here",
];

let server: TestServer;
let adminToken: string;
let visitorToken: string;
beforeAll(async () => {
  server = await startTestServer();
  const agent = await server.createAgent({ name: "Desk", slug: "desk" });
  await server.publish(agent.id);
  visitorToken = (await server.createSession("desk")).token;
  adminToken = await server.adminToken();
});
afterAll(() => server.stop());

/** Headers of an answer; the body is not waited for, one of them never ends. */
async function headersOf(path: string, init: RequestInit = {}): Promise<{ status: number; headers: Headers }> {
  const hangUp = new AbortController();
  const res = await fetch(server.url + path, { redirect: "manual", ...init, signal: hangUp.signal });
  hangUp.abort();
  return res;
}
const address = (path: string) =>
  path
    .replace("{slug}", "desk")
    .replace("{n}", "1")
    .replace(/\{\w+\}/g, "00000000-0000-4000-8000-000000000000");
/** With a body that is refused, so that nothing is changed. */
const refusable = (method: string, headers: Record<string, string>, body = "[]"): RequestInit =>
  method === "GET" ? { method, headers } : { method, headers: { "Content-Type": "application/json", ...headers }, body };

function expectHeaders(path: string, headers: Headers): void {
  const get = (name: string) => headers.get(name) ?? "";
  expect(get("X-Content-Type-Options"), path).toBe("nosniff");
  expect(get("Permissions-Policy"), path).toMatch(/camera=\(\).*microphone=\(\)/);
  expect(get("Referrer-Policy"), path).toMatch(/^(strict-origin-when-cross-origin|same-origin)$/);
  expect(get("Cross-Origin-Opener-Policy"), path).toBe("same-origin");
  expect(get("Cross-Origin-Resource-Policy"), path).toBe(/^\/(widget|public|a)\//.test(path) ? "cross-origin" : "same-origin");
  expect(headers.has("Set-Cookie"), path).toBe(false);
  expect(headers.has("Server") || headers.has("X-Powered-By"), path).toBe(false);
  expect(headers.has("Access-Control-Allow-Credentials"), path).toBe(false);
  const policy = get("Content-Security-Policy");
  expect(policy, path).toMatch(/^default-src 'none'; /);
  expect(policy, path).toContain("frame-ancestors ");
  expect(policy, path).not.toMatch(/unsafe-|script-src[^;]*(\*|https:|http:)/);
}

describe("every answer", () => {
  test.each(OPERATIONS)("of $method $path says what may be done with it, signed in or not", async ({ method, path }) => {
    for (const token of [null, adminToken, visitorToken]) {
      const init = refusable(method, token === null ? {} : { Authorization: `Bearer ${token}` });
      // What takes no body would be done.
      if (method !== "GET" && token !== null && !["POST", "PUT", "PATCH"].includes(method)) continue;
      expectHeaders(path, (await headersOf(address(path), init)).headers);
    }
  });
  test.each([...PAGES, ...FILES])("of %s does", async (path) => {
    expectHeaders(path, (await headersOf(path)).headers);
  });
  test("asks for https for a year where the server is reached so, and says nothing of it elsewhere", async () => {
    expect((await headersOf("/healthz")).headers.has("Strict-Transport-Security")).toBe(false);
    const config = server.deps.config as { publicUrl: string };
    const { publicUrl } = config;
    config.publicUrl = "https://chat.example.com";
    try {
      for (const path of ["/healthz", "/admin/", "/a/desk", "/me"])
        expect((await headersOf(path)).headers.get("Strict-Transport-Security"), path).toBe("max-age=31536000");
    } finally {
      config.publicUrl = publicUrl;
    }
  });
});

test("pages take scripts from their own origin alone, under Trusted Types; nobody frames the panel and the reference", async () => {
  for (const path of PAGES.slice(2)) {
    const policy = (await headersOf(path)).headers.get("Content-Security-Policy")!;
    expect(policy, path).toContain("require-trusted-types-for 'script'");
    expect(policy, path).toMatch(path === "/docs" ? /trusted-types 'none'/ : /trusted-types lit-html$/);
    if (path !== "/docs") expect(policy, path).toContain("script-src 'self'; style-src 'self';");
    expect(policy, path).toContain("base-uri 'none'; form-action 'none'");
    const frames = /frame-ancestors ([^;]+)/.exec(policy)![1];
    const isFramed = path.includes("embed") ? "*" : /^\/a\/|preview/.test(path) ? "'self'" : "'none'";
    expect(frames, path).toBe(isFramed);
  }
});

describe("a page of another site", () => {
  const isOpen = (path: string) => !/^\/(a\/|docs|healthz|readyz|metrics)/.test(path);
  const asked = [
    ...OPERATIONS,
    { method: "GET", path: "/widget/v1.js" },
    { method: "GET", path: "/openapi.json" },
    ...PAGES.map((path) => ({ method: "GET", path })),
  ];
  test.each(asked)("may read $method $path just where that is meant", async ({ method, path }) => {
    const wanted = PAGES.includes(path) ? null : isOpen(path) ? "*" : null;
    const origin = { Origin: "https://elsewhere.example" };
    const { headers } = await headersOf(address(path), refusable(method, origin));
    expect(headers.get("Access-Control-Allow-Origin")).toBe(wanted);
    const asksFor = { "Access-Control-Request-Method": method, "Access-Control-Request-Headers": "authorization,x-strange" };
    const preflight = (await headersOf(address(path), { method: "OPTIONS", headers: { ...origin, ...asksFor } })).headers;
    expect(preflight.get("Access-Control-Allow-Origin")).toBe(wanted);
    // Sign-in is called by Supabase's own client, which has headers of its own.
    if (wanted && !path.startsWith("/auth/v1"))
      expect(preflight.get("Access-Control-Allow-Headers")).toBe(
        "Authorization,Content-Type,Idempotency-Key,traceparent,tracestate",
      );
  });

  const guarded = OPERATIONS.filter(({ isGuarded, path }) => isGuarded && !path.startsWith("/auth/v1"));
  test.each(guarded)("does $method $path with nothing that a browser adds by itself", async ({ method, path }) => {
    const ambient: Record<string, string>[] = [
      ...[adminToken, visitorToken].flatMap((token) =>
        ["access_token", "token", "sb-access-token", "session", "Authorization"].map((name) => ({ Cookie: `${name}=${token}` })),
      ),
      { Authorization: `Basic ${Buffer.from(`${server.adminEmail}:${server.adminPassword}`).toString("base64")}` },
    ];
    for (const headers of ambient) {
      const body = path === "/public/frames" ? '{"type":"ping"}' : "[]";
      const { status } = await headersOf(address(path), refusable(method, headers, body));
      expect(status).toBe(401);
    }
    if (path.startsWith("/public/")) return;
    // Of the address bar only the two halves of the fallback transport take a token.
    expect(
      (await headersOf(`${address(path)}?token=${adminToken}&access_token=${adminToken}`, refusable(method, {}))).status,
    ).toBe(401);
  });
});
