import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SYSTEM } from "../db/actor.ts";
import { startTestServer, type TestServer } from "../../tests/support/server.ts";
import { openWs } from "../../tests/support/ws-client.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

/** Each line without a comment: name with labels → value. */
async function scrape(): Promise<Record<string, number>> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Object.fromEntries([...text.matchAll(/^(renus_\S+) (\S+)$/gm)].map(([, name, value]) => [name, Number(value)]));
}

test("a chat shows in the metrics: frames, closes, commits, routing, replies, tokens", async () => {
  const agent = await server.createPublishedAgent();
  await server.createSubAgent(agent.id, { name: "Parcels", topics: ["shipping"] });
  const { token, conversation_id } = await server.createSession(agent.slug);
  const tab = await openWs(server.url, { token });
  await tab.take("connected");
  for (const content of ["Tell me something else.", "What about shipping?"]) {
    tab.send({ type: "message", conversation_id, content, client_message_id: randomUUID() });
    await tab.take("message", (frame) => frame.message.role === "assistant" && frame.message.status === "complete");
  }
  tab.sendRaw("no frame");
  await tab.take("error");
  await tab.settle();
  const sent = tab.frames.length;
  const before = await scrape();
  expect(before).toMatchObject({
    'renus_frames_received_total{type="message"}': 2,
    'renus_frames_received_total{type="ping"}': 1,
    'renus_frames_received_total{type="invalid"}': 1,
    renus_frames_sent_total: sent,
    'renus_frames_dropped_total{type="typing"}': 0,
    renus_socket_buffered_bytes: 0,
    renus_commit_messages_sum: 2,
    renus_commit_seconds_count: 2,
    'renus_routings_total{outcome="specialist"}': 1,
    'renus_routings_total{outcome="main"}': 1,
    'renus_replies_total{status="complete"}': 2,
    'renus_reply_seconds_count{status="complete"}': 2,
    renus_model_cost_usd_total: 0,
    renus_bus_lag_seconds_count: 0,
  });
  for (const kind of ["prompt", "completion"]) expect(before[`renus_model_tokens_total{kind="${kind}"}`]).toBeGreaterThan(0);

  tab.sendRaw(Buffer.from("binary"), { binary: true });
  expect((await tab.closed).code).toBe(1003);
  const leaving = await openWs(server.url, { token });
  await leaving.take("connected");
  leaving.ws.close(3777);
  await leaving.closed;
  await expect.poll(scrape).toMatchObject({
    'renus_socket_closes_total{code="1003"}': 1,
    'renus_socket_closes_total{code="other"}': 1,
    'renus_sockets{kind="visitor"}': 0,
  });
});

test("what waits for a peer that does not read counts, and what it is spared", async () => {
  const { deps } = server;
  const agent = await server.createPublishedAgent();
  const { token, conversation_id } = await server.createSession(agent.slug);
  const tab = await openWs(server.url, { token });
  await tab.take("connected");
  tab.ws.pause();
  // Large, because the kernel takes megabytes before anything waits here.
  const typing = {
    type: "typing",
    user_id: "x".repeat(deps.limits.bufferedBytesSoft / 2),
    conversation_id,
    is_typing: true,
    ttl_ms: 1,
  } as const;
  const event = { topic: "frame", client_id: agent.client_id, conversation_id, frame: typing } as const;
  await expect
    .poll(
      async () => {
        deps.bus.publish(event);
        const now = await scrape();
        const buffered = now["renus_socket_buffered_bytes"]!;
        return buffered > deps.limits.bufferedBytesSoft && now['renus_frames_dropped_total{type="typing"}']! > 0;
      },
      { interval: 5, timeout: 20_000 },
    )
    .toBe(true);
  tab.ws.terminate();
  await expect.poll(async () => (await scrape())["renus_socket_buffered_bytes"]).toBe(0);
});

test("a reply that was given up after many attempts counts as failed", async () => {
  const { db, bus, orchestrator } = server.deps;
  const agent = await server.createPublishedAgent();
  const { conversation_id } = await server.createSession(agent.slug);
  const failed = async () => (await scrape())['renus_replies_total{status="failed"}'] ?? 0;
  const before = await failed();
  const job = await db.as(SYSTEM, (trx) =>
    trx
      .insertInto("reply_jobs")
      .values({
        conversation_id,
        client_id: agent.client_id,
        up_to_seq: 0,
        owner_epoch: 0,
        status: "running",
        lease_until: new Date(0).toISOString(),
        attempt: 2 * orchestrator.options.attemptsMax,
      })
      .returning("id")
      .executeTakeFirstOrThrow(),
  );
  bus.publish({ topic: "jobs", conversation_id });
  await expect.poll(failed).toBe(before + 1);
  const ended = await db.as(SYSTEM, (trx) =>
    trx.selectFrom("reply_jobs").select(["status", "error_code"]).where("id", "=", job.id).executeTakeFirst(),
  );
  expect(ended).toEqual({ status: "failed", error_code: "INTERNAL_ERROR" });
});
