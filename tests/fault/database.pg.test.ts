import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { apiConnectionString, openPostgres } from "../../api/db/postgres.ts";
import type { Agent } from "../../protocol/resources.ts";
import { openChatTab, type ChatTab } from "../support/chat-tab.ts";
import { storedMessages } from "../support/chat.ts";
import { createPostgresDatabase, sharedPostgres, TEST_JWT_SECRET } from "../support/postgres.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";
import { openWs } from "../support/ws-client.ts";

const patient = { timeout: 40_000, interval: 50 };
const CONNECTIONS = 3;

let url: string;
let proxy: TcpProxy;
let server: TestServer;
let agent: Agent;
let owner: pg.Client;
let superuser: pg.Client;
let tab: ChatTab;

beforeAll(async () => {
  url = await createPostgresDatabase();
  const direct = new URL(url);
  proxy = await startTcpProxy({ ports: () => [Number(direct.port)] });
  const through = new URL(url);
  through.port = String(proxy.port);
  server = await startTestServer({
    db: openPostgres(apiConnectionString(through.toString(), TEST_JWT_SECRET), CONNECTIONS, () => {}),
    environment: { DATABASE_URL: through.toString(), JWT_SECRET: TEST_JWT_SECRET },
    limits: { busPositionMs: 500 },
  });
  agent = await server.createPublishedAgent({ name: "Aria" });
  owner = new pg.Client({ connectionString: url });
  await owner.connect();
  superuser = new pg.Client({ connectionString: (await sharedPostgres()).superUrl(direct.pathname.slice(1)) });
  await superuser.connect();
});
afterAll(async () => {
  await server?.stop();
  await owner?.end();
  await superuser?.end();
  await proxy?.stop();
});
afterEach(() => tab?.close());

/** A visitor who has an answer, so that everything worked. */
async function begin(): Promise<void> {
  tab = await openChatTab(server.url, agent.slug!, await server.createSession(agent.slug!));
  tab.client.send("Hello");
  await expectAnswered(1);
}
/** Every question is stored once and answered, and the tab shows what is stored; it is the same process all the time. */
async function expectAnswered(count: number): Promise<void> {
  await vi.waitFor(async () => {
    expect(tab.messages().filter(({ role }) => role === "visitor")).toHaveLength(count);
    expect(tab.messages().at(-1)).toMatchObject({ role: "assistant", status: "complete" });
  }, patient);
  const stored = await storedMessages(server.deps, tab.conversation_id);
  expect(stored.map(({ seq }) => seq)).toEqual(stored.map((_, index) => index + 1));
  expect(tab.messages().map(({ id, rev, content }) => [id, rev, content])).toEqual(
    stored.map(({ id, rev, content }) => [id, rev, content]),
  );
  expect(stored.filter(({ role }) => role === "visitor")).toHaveLength(count);
  expect((await server.request("GET", "/readyz")).status).toBe(200);
}

describe("a server whose database", () => {
  it("starts anew under load: what was acknowledged is there once, and everything goes on without a restart of ours", async () => {
    await begin();
    tab.client.send("Before, and while it goes");
    proxy.set({ isClosed: true });
    proxy.reset();
    await vi.waitFor(async () => expect((await server.request("GET", "/readyz")).status).toBe(503), patient);
    tab.client.send("While it is away");
    await new Promise((resolve) => setTimeout(resolve, 1500));
    proxy.set({});
    await expectRetried();
    await expectAnswered(3);
  });

  it("ends every connection of ours, more than once, while a reply is written", async () => {
    await begin();
    tab.client.send("Tell me everything, at length.");
    for (let round = 0; round < 5; round++) {
      await superuser.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'renus_api' and datname = current_database()",
      );
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    await expectRetried();
    await expectAnswered(2);
  });

  it("has no connection to spare: those who wait get their turn", async () => {
    await begin();
    // Whoever wants this conversation waits for its row, each on a connection of its own.
    await superuser.query("begin");
    await superuser.query("select from public.conversations where id = $1 for update", [tab.conversation_id]);
    const own = await server.createSession(agent.slug!);
    const rawTabs = await Promise.all([1, 2, 3, 4].map(() => openWs(server.url, own)));
    await Promise.all(rawTabs.map((raw) => raw.take("connected")));
    for (let index = 0; index < CONNECTIONS + 1; index++) tab.client.send(`held up ${index}`);
    rawTabs.forEach((raw, index) =>
      raw.send({
        type: "message",
        conversation_id: own.conversation_id,
        content: `other ${index}`,
        client_message_id: randomUUID(),
      }),
    );
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await superuser.query("rollback");
    for (const raw of rawTabs) expect(await raw.take("message_sent", undefined, 20_000)).toMatchObject({ duplicate: false });
    await expectRetried();
    await expectAnswered(CONNECTIONS + 2);
    await Promise.all(rawTabs.map((raw) => raw.close()));
  });

  it("cannot write because its disk is full: reading goes on, writing fails in words and works again by itself", async () => {
    await begin();
    // What PostgreSQL answers when a table cannot grow (SQLSTATE 53100), from where it would answer it.
    await owner.query(`
      create function public.test_disk_full() returns trigger language plpgsql as $$
      begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
      create trigger test_disk_full before insert or update on public.messages for each row execute function public.test_disk_full();`);
    const own = await server.createSession(agent.slug!);
    const raw = await openWs(server.url, own);
    await raw.take("connected");
    tab.client.send("Is there room?");
    const client_message_id = randomUUID();
    raw.send({ type: "message", conversation_id: own.conversation_id, content: "And here?", client_message_id });
    expect(await raw.take("error")).toMatchObject({ code: "INTERNAL_ERROR", retryable: true, ref: client_message_id });
    raw.send({ type: "sync" });
    expect((await raw.take("sync_data")).messages).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await storedMessages(server.deps, tab.conversation_id)).toHaveLength(2);
    await owner.query("drop trigger test_disk_full on public.messages; drop function public.test_disk_full()");
    await expectRetried();
    await expectAnswered(2);
    await raw.close();
  });
});

/** A message that was refused says so and waits for a click; here is somebody who clicks. */
async function expectRetried(): Promise<void> {
  await vi.waitFor(() => {
    const refused = tab.client.state().items.filter(({ delivery, id }) => delivery === "failed" && id === null);
    for (const item of refused) tab.client.retry(item);
    expect(refused).toEqual([]);
  }, patient);
}
