import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../../tests/support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ environment: { TRUST_PROXY: "1" } });
});
afterAll(() => server.stop());

const signIn = (email: string, password: string, address: string) =>
  server.request("POST", "/auth/v1/token?grant_type=password", {
    body: { email, password },
    headers: { "X-Forwarded-For": `10.9.9.9, ${address}` },
  });

test("guessing at one account is slowed down for the guesser alone", async () => {
  const { email, password } = await server.createUser();
  for (let n = 0; n < 10; n++) expect((await signIn(email, `guess ${n}`, "192.0.2.1")).status).toBe(400);
  const braked = await signIn(email.toUpperCase(), password, "192.0.2.1");
  expect(braked.status).toBe(429);
  expect(braked.body).toEqual({ code: 429, error_code: "over_request_rate_limit", msg: expect.stringContaining("Try again in") });
  const seconds = Number(braked.headers.get("Retry-After"));
  expect(seconds).toBeGreaterThan(5);
  expect(seconds).toBeLessThanOrEqual(15);
  // The owner elsewhere signs in, and so does a colleague from the same address.
  expect((await signIn(email, password, "192.0.2.2")).status).toBe(200);
  const colleague = await server.createUser();
  expect((await signIn(colleague.email, colleague.password, "192.0.2.1")).status).toBe(200);
});

test("a right password forgets the mistakes before it", async () => {
  const { email, password } = await server.createUser();
  for (let round = 0; round < 2; round++) {
    for (let n = 0; n < 9; n++) expect((await signIn(email, "mistake", "192.0.2.3")).status).toBe(400);
    expect((await signIn(email, password, "192.0.2.3")).status).toBe(200);
  }
});

test("one address that tries many accounts is slowed down, whatever address it claims", async () => {
  const statuses: number[] = [];
  for (let n = 0; n < 52; n++) statuses.push((await signIn(`nobody-${n}@example.com`, "x", "192.0.2.4")).status);
  expect(statuses.slice(0, 50)).toEqual(Array(50).fill(400));
  expect(statuses.slice(50)).toEqual([429, 429]);
  const forged = await server.request("POST", "/auth/v1/token?grant_type=password", {
    body: { email: "nobody@example.com", password: "x" },
    headers: { "X-Forwarded-For": "198.51.100.7, 192.0.2.4" },
  });
  expect(forged.status).toBe(429);
});

test("guessed refresh tokens are slowed down, real ones never", async () => {
  const { email, password } = await server.createUser();
  const { refresh_token } = (await signIn(email, password, "192.0.2.5")).body;
  const refresh = (token: string) =>
    server.request("POST", "/auth/v1/token?grant_type=refresh_token", {
      body: { refresh_token: token },
      headers: { "X-Forwarded-For": "192.0.2.5" },
    });
  for (let n = 0; n < 50; n++) await refresh(`guess-${n}`);
  expect((await refresh("guess")).status).toBe(429);
  expect((await refresh(refresh_token)).status).toBe(200);
});
