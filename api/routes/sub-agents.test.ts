import { afterAll, beforeAll, expect, test } from "vitest";
import type { Agent, SubAgent } from "../../protocol/resources.ts";
import { startTestServer, type TestServer } from "../../tests/support/server.ts";

let server: TestServer;
let agent: Agent;
beforeAll(async () => {
  server = await startTestServer();
  agent = await server.createAgent();
});
afterAll(() => server.stop());

test("create, read, change, list, delete", async () => {
  const body = {
    name: "Preços",
    description: null,
    topics: ["prices", "Prices", "Discounts"],
    system_prompt: "You know the prices.",
    knowledge_base: { facts: ["A costs 1."] },
    fine_tuning_config: { temperature: 0.2 },
    nonsense: true,
  };
  const created = await server.call("POST", `/agents/${agent.id}/sub-agents`, { body });
  expect(created.status).toBe(201);
  const { nonsense: _, ...expected } = body;
  expect(created.body).toMatchObject({
    ...expected,
    topics: ["prices", "Discounts"],
    agent_id: agent.id,
    is_active: true,
    model: null,
    channel: null,
  });
  expect(created.body).not.toHaveProperty("nonsense");
  const path = `/agents/${agent.id}/sub-agents/${created.body.id}`;
  expect(await server.ok("GET", path)).toEqual(created.body);

  const changed = await server.ok("PATCH", path, { body: { is_active: false, model: "small", knowledge_base: { other: 1 } } });
  expect(changed).toMatchObject({ name: "Preços", is_active: false, model: "small", knowledge_base: { other: 1 } });
  expect(changed.knowledge_base).not.toHaveProperty("facts");
  expect(await server.ok("PATCH", path, { body: { model: null, topics: [] } })).toMatchObject({ model: null, topics: [] });

  expect((await server.ok("GET", `/agents/${agent.id}/sub-agents`)).data.map((row: SubAgent) => row.id)).toEqual([
    created.body.id,
  ]);
  expect((await server.call("DELETE", path)).status).toBe(204);
  expect(await server.call("GET", path)).toMatchObject({ status: 404, body: { code: "SUB_AGENT_NOT_FOUND" } });
});

test("pages hold every sub-agent once", async () => {
  const created: string[] = [];
  for (let n = 0; n < 5; n++) created.unshift((await server.createSubAgent(agent.id)).id);
  const first = await server.ok("GET", `/agents/${agent.id}/sub-agents?limit=3`);
  const second = await server.ok("GET", `/agents/${agent.id}/sub-agents?limit=3&cursor=${first.next_cursor}`);
  expect([...first.data, ...second.data].map((row: SubAgent) => row.id)).toEqual(created);
  expect(second.next_cursor).toBeNull();
});

test("an unknown agent is INVALID_AGENT_ID for a new sub-agent and AGENT_NOT_FOUND for the rest", async () => {
  const body = { name: "A", topics: [], system_prompt: "A" };
  for (const id of ["00000000-0000-4000-8000-000000000000", "nonsense"]) {
    const refused = await server.call("POST", `/agents/${id}/sub-agents`, { body });
    expect(refused).toMatchObject({ status: 400, body: { code: "INVALID_AGENT_ID", agent_id: id } });
    const missing = await server.call("GET", `/agents/${id}/sub-agents`);
    expect(missing).toMatchObject({ status: 404, body: { code: "AGENT_NOT_FOUND" } });
  }
});
