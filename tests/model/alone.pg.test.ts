import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { apiConnectionString, openPostgres } from "../../api/db/postgres.ts";
import { insertAgent, insertChat } from "../support/chat.ts";
import { createPostgresDatabase, TEST_JWT_SECRET } from "../support/postgres.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { openWs } from "../support/ws-client.ts";

const LEASE_MS = 1000;
let url: string;
let ear: pg.Client;
let said = "";
const nodes: TestServer[] = [];

async function startNode(): Promise<TestServer> {
  const node = await startTestServer({
    db: openPostgres(apiConnectionString(url, TEST_JWT_SECRET), 5, () => {}),
    environment: { DATABASE_URL: url, JWT_SECRET: TEST_JWT_SECRET },
    limits: { nodeLeaseMs: LEASE_MS },
  });
  nodes.push(node);
  return node;
}

beforeAll(async () => {
  url = await createPostgresDatabase();
  ear = new pg.Client({ connectionString: url });
  await ear.connect();
  ear.on("notification", ({ payload }) => (said += payload));
  await ear.query("listen renus_bus");
});
afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop()));
});
afterAll(() => ear.end());

test("the only node tells nobody what its visitors write, and the next one hears all of it", async () => {
  said = "";
  const first = await startNode();
  await first.deps.orchestrator.stop();
  const agent = await insertAgent(first.deps);
  const operator = await first.createUser({ role: "client", client_id: agent.client_id });
  const chat = await insertChat(first.deps, agent);
  const tab = await openWs(first.url, { token: chat.token });
  await tab.take("connected");
  const write = async (content: string) => {
    tab.send({ type: "message", conversation_id: chat.conversation_id, content, client_message_id: randomUUID() });
    await tab.take("message_sent");
    // What was said before this has been heard.
    await first.deps.db.ping();
    await ear.query("select 1");
  };

  // Too soon to know: another node may be about to speak.
  await write("first words");
  expect(said).toContain("first words");
  await new Promise((resolve) => setTimeout(resolve, 2 * LEASE_MS));
  await write("nobody else is there");
  expect(said).not.toContain("nobody else is there");

  const second = await startNode();
  await second.deps.orchestrator.stop();
  const desk = await openWs(second.url, { token: operator.token });
  await desk.take("connected");
  await write("now there is");
  // Whoever comes to a node may first be told again what others have had.
  await desk.take("message", ({ message }) => message.content === "now there is");
  await Promise.all([tab.close(), desk.close()]);
});
