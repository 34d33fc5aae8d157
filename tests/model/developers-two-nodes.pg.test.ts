import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { NewApiKey, NewWebhook } from "../../protocol/resources.ts";
import { startNodes } from "../support/nodes.ts";
import type { TestServer } from "../support/server.ts";

/** What programs rely on, over two nodes of one installation. */
let world: Awaited<ReturnType<typeof startNodes>>;
let one: TestServer;
let other: TestServer;
beforeAll(async () => {
  world = await startNodes({ count: 2 });
  [one, other] = world.nodes as [TestServer, TestServer];
});
afterAll(() => world.stop());

test("a key that one node revokes opens nothing on the other, which has just let it in", async () => {
  const body = { name: "Key", client_id: null, scopes: ["read"] };
  const { id, key } = await one.ok<NewApiKey>("POST", "/api-keys", { body });
  for (const node of [one, other]) expect((await node.call("GET", "/agents", { token: key })).status).toBe(200);
  await one.ok("DELETE", `/api-keys/${id}`);
  expect((await one.call("GET", "/agents", { token: key })).status).toBe(401);
  // Long before what a node remembers runs out by itself.
  await expect.poll(async () => (await other.call("GET", "/agents", { token: key })).status, { timeout: 5000 }).toBe(401);
});

test("of the same request at both nodes one is carried out", async () => {
  const headers = { "Idempotency-Key": "both" };
  const ask = (node: TestServer) => node.call("POST", "/agents", { body: { name: "Both" }, headers });
  const answers = await Promise.all([one, other, one, other].map(ask));
  expect(answers.filter(({ status, headers: got }) => status === 201 && !got.has("Idempotency-Replayed"))).toHaveLength(1);
  const [here, there] = [await ask(one), await ask(other)];
  expect(there.body).toEqual(here.body);
  expect((await one.ok("GET", "/agents?q=Both")).data).toHaveLength(1);
});

test("an event is delivered once, whichever node takes it", async () => {
  const came: string[] = [];
  const receiver: Server = createServer((req, res) => {
    came.push(String(req.headers["webhook-id"]));
    req.resume();
    res.writeHead(204).end();
  });
  await new Promise<void>((done) => receiver.listen(0, "127.0.0.1", done));
  try {
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
    const { id } = await one.ok<NewWebhook>("POST", "/webhooks", { body: { url, events: ["agent.published"] } });
    for (let n = 0; n < 10; n++) await other.createPublishedAgent();
    const statuses = async () => {
      const { data } = await other.ok("GET", `/webhooks/${id}/deliveries`);
      return data.map(({ status, attempts }: { status: string; attempts: number }) => `${status} ${attempts}`);
    };
    await expect.poll(statuses, { timeout: 15_000 }).toEqual(Array(10).fill("delivered 1"));
    expect(new Set(came).size).toBe(10);
    expect(came).toHaveLength(10);
  } finally {
    receiver.close();
  }
});
