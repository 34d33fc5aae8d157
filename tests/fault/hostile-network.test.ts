import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { createChatClient, type ChatClient } from "../../client/chat-client.ts";
import type { Message, Page } from "../../protocol/resources.ts";
import type { Database } from "../../api/db/database.ts";
import { openDefaultDatabase } from "../support/default-database.ts";
import { isLong } from "../support/long.ts";
import { chooseSeed, seeded } from "../support/random.ts";
import { startRealServer } from "../support/real-server.ts";
import { startTestServer } from "../support/server.ts";
import { startTcpProxy, type TcpProxy, type Weather } from "../support/tcp-proxy.ts";

/** Whole clients behind a bad network: whatever happens, all of them end with what the database has. */

const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

interface Tab {
  client: ChatClient;
  proxy: TcpProxy;
}

/** Tabs of one visitor, each behind a network of its own and with an outbox of its own. */
async function openTabs(url: string, agent: string, count: number, random: () => number): Promise<Tab[]> {
  const tabs: Tab[] = [];
  const session = new Map<string, string>();
  for (let index = 0; index < count; index++) {
    const proxy = await startTcpProxy({ ports: () => [Number(new URL(url).port)], random });
    endings.push(() => proxy.stop());
    const stored = new Map<string, string>();
    // The session is the origin's, and here every tab has another.
    const shared = (key: string) => (key.startsWith("renus:session:") ? session : stored);
    const keyOf = (key: string) => key.replace(proxy.url, "");
    const client = createChatClient({
      origin: proxy.url,
      agent,
      storage: () => ({
        getItem: (key) => shared(key).get(keyOf(key)) ?? null,
        setItem: (key, value) => void shared(key).set(keyOf(key), value),
        removeItem: (key) => void shared(key).delete(keyOf(key)),
      }),
    });
    endings.push(() => client.close());
    client.open();
    await expect.poll(() => client.state().isLoaded, { timeout: 15_000 }).toBe(true);
    tabs.push({ client, proxy });
  }
  return tabs;
}

const WEATHERS: readonly ((random: () => number) => Weather)[] = [
  () => ({}),
  (random) => ({ latencyMs: 20 + random() * 200, jitterMs: random() * 200 }),
  (random) => ({ bytesPerSecond: 3000 + random() * 20_000 }),
  () => ({ isSliced: true }),
  () => ({ isBlackHole: true }),
  () => ({ isClosed: true }),
];

interface World {
  url: string;
  agent: string;
  /** As an administrator, past all weather. */
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
  restart?: () => Promise<void>;
}

async function weatherAStorm(world: World, seed: number, steps: number, messagesMax: number): Promise<void> {
  const random = seeded(seed);
  const tabs = await openTabs(world.url, world.agent, 3, random);
  const { data } = await world.call<Page<{ id: string }>>("GET", "/conversations?limit=1");
  const conversationId = data[0]!.id;
  const written: string[] = [];
  for (let step = 0; step < steps; step++) {
    const { client, proxy } = tabs[Math.floor(random() * tabs.length)]!;
    const chance = random();
    if (chance < 0.45) proxy.set(WEATHERS[Math.floor(random() * WEATHERS.length)]!(random));
    else if (chance < 0.6) proxy.reset();
    else if (chance < 0.7) proxy.hangUp();
    if (world.restart && step % Math.ceil(steps / 2) === 1) await world.restart();
    for (let count = random() * 3; count > 1 && written.length < messagesMax; count--) {
      written.push(`message ${written.length + 1} of ${seed}`);
      client.send(written.at(-1)!);
      client.typing(true);
    }
    if (random() < 0.15) client.cancel();
    if (random() < 0.2) client.read();
    // Somebody who sees that nothing happens does something.
    if (random() < 0.3) client.wake();
    await sleep(random() * 300);
  }

  // The storm is over. What a black hole has swallowed does not come back by itself.
  for (const { client, proxy } of tabs) {
    proxy.set({});
    client.wake();
  }
  const history = async () =>
    (await world.call<Page<Message>>("GET", `/conversations/${conversationId}/messages?after_seq=0&limit=100`)).data;
  const own = (rows: readonly { role: string; content: string }[]) =>
    rows.flatMap(({ role, content }) => (role === "visitor" ? [content] : [])).toSorted();
  await expect.poll(async () => own(await history()), { timeout: 60_000, interval: 250 }).toEqual(written.toSorted());
  // At once: a reply may begin between two looks.
  const isAnswered = (list: readonly Message[]) =>
    list.at(-1)?.role !== "visitor" && list.every(({ status }) => status !== "streaming");
  await expect.poll(async () => isAnswered(await history()), { timeout: 60_000, interval: 250 }).toBe(true);

  const rows = await history();
  expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, index) => index + 1));
  const seen = ({ id, role, content, status }: { id: string | null; role: string; content: string; status: string }) => ({
    id,
    role,
    content,
    status,
  });
  for (const { client } of tabs) {
    await expect
      .poll(
        () => {
          if (client.state().hasOlder) client.loadOlder();
          return client.state().items.map((item) => seen(item));
        },
        { timeout: 30_000, interval: 100 },
      )
      .toEqual(rows.map((row) => seen(row)));
    // A machine that is busy misses one of these short heartbeats now and then.
    await expect.poll(() => client.state(), { timeout: 30_000 }).toMatchObject({ connection: "online", streamingId: null });
  }
}

test("drops, delays, resets and black holes", { timeout: isLong ? 900_000 : 120_000 }, async () => {
  const seed = chooseSeed("hostile network");
  const unlimited = 1_000_000;
  const server = await startTestServer({
    // A half-open connection is found out in seconds here, not in half a minute.
    limits: { heartbeatMs: 700, framesPerMinute: unlimited, messagesPerMinute: unlimited, offlineAfterMs: 500 },
  });
  endings.push(() => server.stop());
  for (let round = 0; round < (isLong ? 20 : 1); round++) {
    const agent = await server.createPublishedAgent({ name: `Storm ${round}` });
    const call = (method: string, path: string, body?: unknown) => server.ok(method, path, { body });
    await weatherAStorm({ url: server.url, agent: agent.slug, call }, seed + round, isLong ? 40 : 10, 30);
    for (const end of endings.splice(1).toReversed()) await end();
  }
});

// The quick kinds of it are tests/kill.test.ts and the storm above.
test.skipIf(!isLong)("a server that is killed in between", { timeout: 900_000 }, async () => {
  const seed = chooseSeed("hostile network with restarts");
  const server = await startRealServer();
  endings.push(() => server.remove());
  for (let round = 0; round < 5; round++) {
    const agent = await server.createPublishedAgent({ name: `Killed ${round}` });
    const restart = async () => {
      await server.kill("SIGKILL");
      await server.start();
    };
    // So few messages because a visitor may write no more than twenty a minute.
    await weatherAStorm({ url: server.url, agent: agent.slug, call: server.call, restart }, seed + round, 16, 10);
    for (const end of endings.splice(1).toReversed()) await end();
  }
});

test("a database that fails for a moment: what was asked for is asked for again", async () => {
  const db = await openDefaultDatabase();
  let failures = 2;
  const isHit = () => server.deps.hub.peerCount > 0 && failures-- > 0;
  const failing: Database = {
    ...db,
    as: (actor, run) => (actor.kind === "visitor" && isHit() ? Promise.reject(new Error("no connection")) : db.as(actor, run)),
  };
  const server = await startTestServer({ db: failing });
  endings.push(() => server.stop());
  const agent = await server.createPublishedAgent({ name: "Aria" });
  const client = createChatClient({ origin: server.url, agent: agent.slug });
  endings.push(() => client.close());
  client.open();
  // Its socket is open and stays so: what fails is the first look at the conversation, and the second.
  await expect.poll(() => client.state().isLoaded, { timeout: 10_000 }).toBe(true);
  expect(failures).toBeLessThanOrEqual(0);
  client.send("Hello");
  await expect.poll(() => client.state().items[0]?.delivery, { timeout: 10_000 }).toBe("read");
});
