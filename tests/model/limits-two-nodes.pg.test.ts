import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { apiConnectionString, openPostgres } from "../../api/db/postgres.ts";
import { insertAgent, insertChat, storedMessages } from "../support/chat.ts";
import { createPostgresDatabase, TEST_JWT_SECRET } from "../support/postgres.ts";
import { startRedis, type RedisServer } from "../support/redis.ts";
import { startTestServer, TEST_PASSWORD, type TestServer } from "../support/server.ts";
import { openWs } from "../support/ws-client.ts";

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

describe.each(["PostgreSQL alone", "Redis as well"])("two nodes on %s", (name) => {
  let nodes: [TestServer, TestServer];
  beforeAll(async () => {
    const url = await createPostgresDatabase();
    const start = () =>
      startTestServer({
        db: openPostgres(apiConnectionString(url, TEST_JWT_SECRET), 5, () => {}),
        environment: {
          DATABASE_URL: url,
          JWT_SECRET: TEST_JWT_SECRET,
          TRUST_PROXY: "1",
          ...(name === "Redis as well" ? { REDIS_URL: redis.url } : {}),
        },
        limits: { sessionsPerHourPerIp: 4, messagesPerMinute: 6, messagesPerMinutePerIp: 10 },
      });
    nodes = [await start(), await start()];
  });
  afterAll(async () => {
    for (const node of nodes ?? []) await node.stop();
  });
  const say = (node: TestServer, chat: { token: string; conversation_id: string }, address: string) =>
    node.request("POST", "/public/frames", {
      token: chat.token,
      body: { type: "message", conversation_id: chat.conversation_id, content: "Hello" },
      headers: { "X-Forwarded-For": address },
    });

  test("a visitor who writes by both has one allowance, by socket and by POST", async () => {
    const [first, second] = nodes;
    const chat = await insertChat(first.deps, await insertAgent(first.deps));
    const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => say(nodes[n % 2]!, chat, `192.0.2.${n}`)));
    const frames = answers.map(({ body }) => body.frames[0]);
    expect(frames.filter(({ type }) => type === "message_sent")).toHaveLength(6);
    const refused = frames.filter(({ type }) => type === "error");
    expect(refused).toHaveLength(4);
    for (const frame of refused) expect(frame).toMatchObject({ code: "RATE_LIMITED", retryable: true });
    for (const frame of refused) expect(frame.retry_after_ms).toBeGreaterThan(0);
    expect((await storedMessages(first.deps, chat.conversation_id)).filter(({ role }) => role === "visitor")).toHaveLength(6);
    const tab = await openWs(second.url, { token: chat.token });
    await tab.take("connected");
    tab.send({ type: "message", conversation_id: chat.conversation_id, content: "Hello?" });
    expect(await tab.take("error")).toMatchObject({ code: "RATE_LIMITED" });
    await tab.close();
  });

  test("a network has one allowance, however many visitors it claims to be; IPv6 by its /64", async () => {
    const agent = await insertAgent(nodes[0].deps);
    const chats = await Promise.all(Array.from({ length: 7 }, () => insertChat(nodes[0].deps, agent)));
    const answers = await Promise.all(
      chats.flatMap((chat, n) => [say(nodes[0], chat, `2001:db8::${n}:1`), say(nodes[1], chat, `2001:db8::${n}:2`)]),
    );
    const sent = answers.filter(({ body }) => body.frames[0].type === "message_sent");
    // Never more. Fewer by what the other node has set aside and not used: a quarter of the limit at most.
    expect(sent.length).toBeLessThanOrEqual(10);
    expect(sent.length).toBeGreaterThanOrEqual(8);
    expect((await say(nodes[0], chats[0]!, "2001:db8:0:1::1")).body.frames[0]).toMatchObject({ type: "message_sent" });
  });

  test("sessions and guesses at a password are counted together, with the time to wait", async () => {
    const { slug } = await nodes[0].createPublishedAgent();
    const open = (n: number) =>
      nodes[n % 2]!.request("POST", `/public/agents/${slug}/sessions`, {
        body: {},
        headers: { "X-Forwarded-For": "192.0.2.77" },
      });
    const sessions = await Promise.all(Array.from({ length: 8 }, (_, n) => open(n)));
    expect(sessions.filter(({ status }) => status === 201)).toHaveLength(4);
    const refused = sessions.find(({ status }) => status === 429)!;
    expect(refused.body).toMatchObject({ code: "RATE_LIMITED" });
    expect(refused.headers.get("Retry-After")).toBe(String(Math.ceil(refused.body.retry_after_ms / 1000)));

    const person = await nodes[0].createUser();
    const signIn = (n: number, password: string) =>
      nodes[n % 2]!.request("POST", "/auth/v1/token?grant_type=password", {
        body: { email: person.email, password },
        headers: { "X-Forwarded-For": "192.0.2.78" },
      });
    for (let n = 0; n < 10; n++) expect((await signIn(n, `guess ${n}`)).status).toBe(400);
    for (const node of [0, 1]) expect((await signIn(node, TEST_PASSWORD)).status).toBe(429);
    const metrics = await (await fetch(`${nodes[1].url}/metrics`)).text();
    expect(metrics).toMatch(/renus_limit_hits_total\{kind="sign_in"\} [1-9]/);
    // What a node says to the other one comes back to it as well.
    expect(metrics).toMatch(/renus_bus_lag_seconds_count [1-9]/);
  });
});
