import { randomUUID } from "node:crypto";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Agent, PublicSession } from "../../protocol/resources.ts";
import { openChatTab } from "../support/chat-tab.ts";
import { startNodes } from "../support/nodes.ts";
import { startOpenAiServer, type OpenAiServer } from "../support/openai-server.ts";
import { startRedis, type RedisServer } from "../support/redis.ts";
import { shownText } from "../support/replies.ts";
import type { TestServer, TestUser } from "../support/server.ts";
import { openWs, type WsClient } from "../support/ws-client.ts";

const ANSWER = Array.from({ length: 150 }, (_, index) => `word${index + 1}`).join(" ");
const patient = { timeout: 15_000, interval: 20 };

let redis: RedisServer;
let model: OpenAiServer;
let world: Awaited<ReturnType<typeof startNodes>>;
let writer: TestServer;
let second: TestServer;
let third: TestServer;
let agent: Agent;
let operator: TestUser;
let counter: ReturnType<typeof createClient>;
/** Bytes of payloads by who hears them: a node's name, or "all". */
const bytes = new Map<string, number>();

beforeAll(async () => {
  redis = await startRedis();
  model = await startOpenAiServer();
  model.behave(() => ({ text: ANSWER, chunkDelayMs: 8 }));
  world = await startNodes({
    count: 3,
    redisUrl: redis.url,
    environment: { OPENAI_BASE_URL: model.url, OPENAI_MODEL: "test-model" },
  });
  [writer, second, third] = world.nodes as [TestServer, TestServer, TestServer];
  for (const node of [second, third]) await node.deps.orchestrator.stop();
  agent = await writer.createPublishedAgent({ name: "Aria" });
  operator = await writer.createUser({ role: "client", client_id: agent.client_id });
  counter = createClient({ url: redis.url });
  await counter.connect();
  await counter.pSubscribe("renus:*", (payload, channel) => {
    const to = channel.split(":")[2] ?? "all";
    bytes.set(to, (bytes.get(to) ?? 0) + Buffer.byteLength(payload));
  });
});
afterAll(async () => {
  counter?.destroy();
  await world?.stop();
  await redis?.stop();
  await model?.stop();
});

/** A whole reply for a visitor at that node; what each node heard of it over the bus, in bytes. */
async function measure(node: TestServer): Promise<{ second: number; third: number }> {
  const session = await writer.createSession(agent.slug!);
  const tab = await openWs(node.url, session);
  await tab.take("connected");
  await tab.settle();
  await new Promise((resolve) => setTimeout(resolve, 50));
  bytes.clear();
  ask(tab, session);
  const end = await tab.take("stream_end", undefined, 15_000);
  expect(end).toMatchObject({ length: ANSWER.length, status: "complete" });
  expect(shownText(tab.frames, end.message_id)).toBe(ANSWER);
  const heard = ({ deps }: TestServer) => (bytes.get("all") ?? 0) + (bytes.get(deps.bus.node) ?? 0);
  const found = { second: heard(second), third: heard(third) };
  await tab.close();
  return found;
}
function ask(tab: WsClient, { conversation_id }: PublicSession): void {
  tab.send({ type: "message", conversation_id, content: "Tell me all of it.", client_message_id: randomUUID() });
}

describe("deltas of a reply", () => {
  it("reach whoever begins to read in the middle of it, on a node that had heard none: the whole text, without a hole", async () => {
    const session = await writer.createSession(agent.slug!);
    const tab = await openWs(second.url, session);
    const desk = await openWs(third.url, { token: operator.token });
    await Promise.all([tab.take("connected"), desk.take("connected")]);
    ask(tab, session);
    const { message_id } = await tab.take("stream_start");
    await tab.take("delta", ({ from }) => from > 200, 10_000);
    expect(desk.all("delta")).toEqual([]);
    desk.send({ type: "subscribe", conversation_id: session.conversation_id });
    const first = await desk.take("delta");
    expect(first.from).toBe(0);
    expect(first.text.length).toBeGreaterThan(200);
    await desk.take("stream_end", undefined, 15_000);
    expect(shownText(desk.frames, message_id)).toBe(ANSWER);

    // And no more once it has ceased to.
    desk.send({ type: "unsubscribe", conversation_id: session.conversation_id });
    await desk.settle();
    const count = desk.all("delta").length;
    ask(tab, session);
    await tab.take("stream_end", () => tab.all("stream_end").length === 2, 15_000);
    expect(desk.all("delta")).toHaveLength(count);
    await Promise.all([tab.close(), desk.close()]);
  });

  it("follow a visitor who moves from node to node while it is written", async () => {
    const session = await writer.createSession(agent.slug!);
    const asking = await openWs(writer.url, session);
    await asking.take("connected");
    ask(asking, session);
    await asking.take("delta", ({ from }) => from > 100, 10_000);
    await asking.close();
    const tab = await openChatTab(second.url, agent.slug!, session);
    await vi.waitFor(() => expect(tab.messages()[1]?.content.length).toBeGreaterThan(300), patient);
    expect(tab.messages()[1]).toMatchObject({ status: "streaming" });
    expect(ANSWER.startsWith(tab.messages()[1]!.content)).toBe(true);
    tab.close();
    const moved = await openChatTab(third.url, agent.slug!, session);
    await vi.waitFor(() => expect(moved.messages()[1]).toMatchObject({ status: "complete", content: ANSWER }), patient);
    moved.close();
  });

  it("go to the node that has its visitor and to no other; to none at all when that is the one that writes", async () => {
    const elsewhere = await measure(second);
    const here = await measure(writer);
    // As it would be if everything went everywhere; nothing after this test needs it otherwise.
    writer.deps.bus.route(() => null);
    const everywhere = await measure(second);
    const text = Buffer.byteLength(ANSWER);
    process.stdout.write(
      `bytes over the bus for a reply of ${text} bytes, to a node with its visitor / without: ` +
        `everywhere ${everywhere.second} / ${everywhere.third}, by interest ${elsewhere.second} / ${elsewhere.third}, ` +
        `visitor where it is written ${here.second} / ${here.third}\n`,
    );
    expect(elsewhere.second).toBeGreaterThan(text);
    expect(elsewhere.third).toBeLessThan(everywhere.third / 2);
    expect(here.second).toBeLessThan(everywhere.second / 2);
  });
});
