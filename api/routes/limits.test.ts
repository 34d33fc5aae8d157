import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../../tests/support/server.ts";
import { DAY_LIMITS } from "../../protocol/codes.ts";
import type { Agent } from "../../protocol/resources.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const patch = (agent: Agent, limits: unknown, token?: string) =>
  server.call("PATCH", `/agents/${agent.id}`, { body: { config: { limits } }, token });
const usage = (agent: Agent, token?: string) => server.call("GET", `/agents/${agent.id}/usage`, { token });

test("limits are the defaults until some are given, and null gives them back", async () => {
  const agent = await server.createAgent();
  expect((await usage(agent)).body).toMatchObject({ replies: 0, tokens: 0, usd: 0, reached: null, limits: DAY_LIMITS });
  await patch(agent, { replies_per_day: 7, usd_per_day: 0.5 });
  await patch(agent, { visitor_tokens_per_day: 900 });
  expect((await usage(agent)).body.limits).toEqual({
    ...DAY_LIMITS,
    replies_per_day: 7,
    usd_per_day: 0.5,
    visitor_tokens_per_day: 900,
  });
  await patch(agent, { replies_per_day: null });
  expect((await usage(agent)).body.limits).toMatchObject({ replies_per_day: DAY_LIMITS.replies_per_day, usd_per_day: 0.5 });
  await patch(agent, null);
  expect((await usage(agent)).body.limits).toEqual(DAY_LIMITS);
});

test.each([
  { replies_per_day: 0 },
  { replies_per_day: 1.5 },
  { replies_per_day: "10" },
  { tokens_per_day: -1 },
  { usd_per_day: 0 },
  { visitor_usd_per_day: 1e9 },
  { visitor_replies_per_day: {} },
  "none",
  [],
])("%j is no limit and changes nothing", async (limits) => {
  const agent = await server.createAgent();
  expect(await patch(agent, limits)).toMatchObject({ status: 400, body: { code: "VALIDATION_ERROR" } });
  expect((await usage(agent)).body.limits).toEqual(DAY_LIMITS);
});

test("whoever does not pay for the models reads the limits and cannot lift them", async () => {
  const person = await server.createUser({ role: "client", client_id: (await server.createAgent()).client_id });
  const agent = await server.createAgent({ config: { limits: { replies_per_day: 3 } } });
  expect((await usage(agent, person.token)).body.limits.replies_per_day).toBe(3);
  for (const limits of [{ replies_per_day: 1_000_000 }, null]) {
    expect(await patch(agent, limits, person.token)).toMatchObject({ status: 403, body: { code: "FORBIDDEN" } });
  }
  // What changes nothing may come along.
  expect(await patch(agent, { replies_per_day: 3 }, person.token)).toMatchObject({ status: 200 });
  const body = { name: "Mine", config: { limits: { usd_per_day: 100_000 } } };
  expect((await server.call("POST", "/agents", { token: person.token, body })).status).toBe(403);
  expect((await server.call("PATCH", `/agents/${agent.id}`, { token: person.token, body: { name: "Ours" } })).status).toBe(200);
  expect((await usage(agent)).body.limits.replies_per_day).toBe(3);

  const stranger = await server.createUser({ role: "client", client_id: (await server.createClient()).id });
  expect(await usage(agent, stranger.token)).toMatchObject({ status: 404, body: { code: "AGENT_NOT_FOUND" } });
  expect((await server.request("GET", `/agents/${agent.id}/usage`)).status).toBe(401);
});

test("trying an agent out costs it too, and on the limit the answer says how long to wait", async () => {
  const agent = await server.createAgent({ config: { limits: { tokens_per_day: 6000 } } });
  await server.createSubAgent(agent.id);
  await server.createSubAgent(agent.id, { name: "Parcels", topics: ["shipping"] });
  const sandbox = () =>
    server.call("POST", `/agents/wizard/${agent.id}/sandbox`, { body: { message: "Tell me something else." } });
  expect((await sandbox()).status).toBe(200);
  await expect.poll(async () => (await usage(agent)).body.tokens).toBeLessThan(1000);
  expect((await usage(agent)).body).toMatchObject({ replies: 0, reached: null });
  expect((await usage(agent)).body.tokens).toBeGreaterThan(0);
  await patch(agent, { tokens_per_day: 10 });
  const route = () => server.call("POST", `/agents/${agent.id}/route`, { body: { message: "Tell me something else." } });
  for (const ask of [sandbox, route]) {
    const { status, body, headers } = await ask();
    expect({ status, code: body.code }).toEqual({ status: 429, code: "QUOTA_EXCEEDED" });
    expect(body.retry_after_ms).toBeLessThanOrEqual(24 * 3_600_000);
    expect(headers.get("Retry-After")).toBe(String(Math.ceil(body.retry_after_ms / 1000)));
  }
  expect((await usage(agent)).body.reached).toBe("tokens");
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  expect(metrics).toContain('renus_limit_hits_total{kind="agent_day"} 2');
});
