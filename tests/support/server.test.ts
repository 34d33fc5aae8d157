import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, TEST_PASSWORD, type TestServer } from "./server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

test("the token of the support code is the one that a sign-in gives", async () => {
  const body = { email: server.adminEmail, password: TEST_PASSWORD };
  const session = await server.ok("POST", "/auth/v1/token?grant_type=password", { token: null, body });
  const signedIn = await server.ok("GET", "/me", { token: session.access_token });
  expect(await server.ok("GET", "/me")).toEqual(signedIn);
});

test("wizard, publication, public session", async () => {
  const { wizard_id: id } = await server.ok("POST", "/agents/wizard/start", { body: {} });
  await server.ok("PUT", `/agents/wizard/${id}/step/1`, { body: { name: "Padaria São João", niche: "bakery" } });
  await server.ok("PUT", `/agents/wizard/${id}/step/2`, { body: { personality: "Helpful", tone: "warm", greeting: "Olá!" } });
  const published = await server.ok("POST", `/agents/wizard/${id}/publish`);
  expect(published.slug).toBe("padaria-sao-joao");
  expect(published.public_url).toBe(`${server.url}/a/padaria-sao-joao`);
  const session = await server.createSession(published.slug);
  expect(session.agent).toMatchObject({ id, name: "Padaria São João", greeting: "Olá!" });
  expect((await server.ok("GET", `/agents/${id}`)).access_count).toBe(1);
});
