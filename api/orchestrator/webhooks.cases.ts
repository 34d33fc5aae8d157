import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { sql } from "kysely";
import { Webhook as Verifier } from "standardwebhooks";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { WebhookPayload } from "../../client/api-routes.ts";
import type { Message, NewWebhook, WebhookDelivery } from "../../protocol/resources.ts";
import { startTestServer, type TestServer, type TestUser } from "../../tests/support/server.ts";
import { SYSTEM } from "../db/actor.ts";
import type { Database } from "../db/database.ts";
import { claimDeliveries, deleteFormerSecrets, deletePastDeliveries, markDelivered, markFailed } from "./webhook-jobs.ts";

/** What is told, to whom, how it is signed, and what happens when nobody takes it. */
export function webhookCases(openDatabase: () => Promise<Database>): void {
  let server: TestServer;
  let receiver: Server;
  let url: string;
  let owner: TestUser;
  let clientId: string;
  /** What came, newest last, and how the receiver answers. */
  let came: { headers: IncomingHttpHeaders; text: string; body: WebhookPayload }[];
  let answer: { status: number; headers?: Record<string, string> };

  beforeAll(async () => {
    receiver = createServer((req, res) => {
      let text = "";
      req.on("data", (chunk: Buffer) => (text += chunk.toString()));
      req.on("end", () => {
        came.push({ headers: req.headers, text, body: JSON.parse(text) });
        res.writeHead(answer.status, answer.headers).end("x".repeat(100_000));
      });
    });
    await new Promise<void>((done) => receiver.listen(0, "127.0.0.1", done));
    url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
    // Deliveries are looked for once a second otherwise, and each of these waits for some.
    server = await startTestServer({ db: await openDatabase(), orchestrator: { pollMs: 50 } });
  });
  afterAll(async () => {
    await server.stop();
    receiver.closeAllConnections();
    receiver.close();
  });
  // A company for each test: nothing of one is told to another.
  beforeEach(async () => {
    came = [];
    answer = { status: 204 };
    clientId = (await server.createClient("Hooked")).id;
    owner = await server.createUser({ role: "client", client_id: clientId });
  });

  const call = <T = any>(method: string, path: string, body?: unknown) =>
    server.call<T>(method, path, { token: owner.token, body });
  const make = (events: string[], to = url) =>
    server.ok<NewWebhook>("POST", "/webhooks", { token: owner.token, body: { url: to, events } });
  const deliveries = async (id: string): Promise<WebhookDelivery[]> =>
    (await call("GET", `/webhooks/${id}/deliveries`)).body.data;
  const typesThatCame = () => came.map(({ body }) => body.type).toSorted();
  type Told<T extends WebhookPayload["type"]> = Extract<WebhookPayload, { type: T }>;
  const of = <T extends WebhookPayload["type"]>(type: T) =>
    came.map(({ body }) => body).filter((body): body is Told<T> => body.type === type);
  const soon = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 20_000, interval: 20 });
  /** As if its time had come. */
  const hurry = (id: string) =>
    server.deps.db.as(SYSTEM, (trx) =>
      trx
        .updateTable("webhook_deliveries")
        .set({ next_attempt_at: sql`now()` })
        .where("endpoint_id", "=", id)
        .execute(),
    );

  /** What it still waits for does not come in the middle of another test. */
  const forget = (id: string) => server.ok("DELETE", `/webhooks/${id}`, { token: owner.token });

  test("a conversation from its beginning to its end, signed so that Standard Webhooks' own library takes it", async () => {
    const { secret } = await make([
      "message.created",
      "conversation.created",
      "conversation.handed_off",
      "conversation.handed_back",
      "conversation.closed",
      "agent.published",
      "agent.unpublished",
    ]);
    expect(secret).toMatch(/^whsec_[\w+/]{43}=$/);
    const agent = await server.createPublishedAgent({ name: "Hooked" }, owner.token);
    const session = await server.createSession(agent.slug, { body: { name: "Kim", email: "kim@example.com" } });
    const conversation = `/conversations/${session.conversation_id}`;
    await server.ok("POST", "/public/frames", {
      token: session.token,
      body: { type: "message", conversation_id: session.conversation_id, content: "Hello?" },
    });
    await soon(() => of("message.created").filter(({ data }) => data.message.role === "assistant").length).toBe(1);
    await call("POST", `${conversation}/messages`, { content: "Hello from a person" });
    await call("POST", `${conversation}/hand-back`);
    await call("POST", `${conversation}/close`);
    await call("POST", `/agents/${agent.id}/unpublish`);
    await soon(typesThatCame).toEqual([
      "agent.published",
      "agent.unpublished",
      "conversation.closed",
      "conversation.created",
      "conversation.handed_back",
      "conversation.handed_off",
      "message.created",
      "message.created",
      "message.created",
    ]);
    for (const { headers, text } of came) {
      const verified = new Verifier(secret).verify(text, headers as Record<string, string>);
      expect(verified).toMatchObject({ type: expect.any(String), timestamp: expect.stringMatching(/Z$/) });
      expect(() => new Verifier(secret).verify(`${text} `, headers as Record<string, string>)).toThrow("No matching signature");
    }
    expect(new Set(came.map(({ headers }) => headers["webhook-id"])).size).toBe(came.length);
    // Resources as the API shows them, as they were at that moment.
    const { data: messages } = await server.ok("GET", `${conversation}/messages`, { token: owner.token });
    const told = messages
      .filter((message: Message) => message.role !== "system")
      .map(({ trace: _, correction: __, ...message }: Message & { trace: unknown; correction: unknown }) => message);
    expect(
      of("message.created")
        .map(({ data }) => data.message)
        .toSorted((a, b) => a.seq - b.seq),
    ).toEqual(told);
    expect(of("conversation.handed_off")[0]!.data.conversation).toMatchObject({
      id: session.conversation_id,
      owner: "operator",
      owner_id: owner.id,
      visitor: { name: "Kim", email: "kim@example.com", verified: false },
    });
    const { unread_count: _, ...now } = await server.ok("GET", conversation, { token: owner.token });
    expect(Object.keys(of("conversation.closed")[0]!.data.conversation).toSorted()).toEqual(Object.keys(now).toSorted());
    expect(JSON.stringify(of("agent.published"))).not.toContain("system_prompt");
  });

  test("only who asked hears, and only of their own company", async () => {
    const hook = await make(["agent.published"]);
    const stranger = await server.createUser({ role: "client", client_id: (await server.createClient("Other")).id });
    await server.createPublishedAgent({}, stranger.token);
    const agent = await server.createPublishedAgent({}, owner.token);
    await server.createSession(agent.slug);
    await soon(() => deliveries(hook.id)).toMatchObject([
      { type: "agent.published", status: "delivered", response_status: 204, attempts: 1 },
    ]);
    expect(came).toHaveLength(1);
    expect(of("agent.published")[0]!.data.agent.id).toBe(agent.id);
  });

  test("what was rolled back was never told", async () => {
    const hook = await make(["agent.published"]);
    const agent = await server.createAgent({}, owner.token);
    const undone = server.deps.db.as(SYSTEM, async (trx) => {
      await trx.updateTable("agents").set({ status: "active" }).where("id", "=", agent.id).execute();
      throw new Error("undone");
    });
    await expect(undone).rejects.toThrow("undone");
    expect(await deliveries(hook.id)).toEqual([]);
  });

  test("a failure is tried again by the standard's times, under the same id, until it is taken", async () => {
    answer = { status: 500 };
    const hook = await make(["agent.published"]);
    await call("POST", `/webhooks/${hook.id}/test`);
    await soon(() => deliveries(hook.id)).toMatchObject([
      { type: "webhook.test", status: "pending", attempts: 1, response_status: 500, error: "The answer was 500." },
    ]);
    const [first] = await deliveries(hook.id);
    const waitMs = Date.parse(first!.next_attempt_at!) - Date.now();
    expect(waitMs).toBeGreaterThan(2000);
    expect(waitMs).toBeLessThan(6100);
    expect((await call("GET", `/webhooks/${hook.id}`)).body.failing_since).not.toBeNull();
    answer = { status: 200 };
    await hurry(hook.id);
    await soon(() => deliveries(hook.id)).toMatchObject([
      { status: "delivered", attempts: 2, error: null, next_attempt_at: null },
    ]);
    expect(came[1]!.headers["webhook-id"]).toBe(came[0]!.headers["webhook-id"]);
    expect(came[1]!.text).toBe(came[0]!.text);
    expect((await call("GET", `/webhooks/${hook.id}`)).body.failing_since).toBeNull();
  });

  test("Retry-After of a busy receiver puts the next try off, by a day at most, and never brings it forward", async () => {
    const hook = await make(["agent.published"]);
    for (const [status, header, leastMs, mostMs] of [
      [503, new Date(Date.now() + 300_000).toUTCString(), 295_000, 361_000],
      [429, "31536000", 86_400_000, 103_680_000],
      [500, "120", 5000, 6000],
    ] as const) {
      answer = { status, headers: { "Retry-After": header } };
      const sentMs = Date.now();
      const { id } = (await call<WebhookDelivery>("POST", `/webhooks/${hook.id}/test`)).body;
      const find = async () => (await deliveries(hook.id)).find((one) => one.id === id)!;
      await soon(async () => (await find()).response_status).toBe(status);
      const waitMs = Date.parse((await find()).next_attempt_at!) - sentMs;
      expect(waitMs, header).toBeGreaterThanOrEqual(leastMs);
      expect(waitMs, header).toBeLessThan(mostMs + 10_000);
    }
    await forget(hook.id);
  });

  test("attempts are counted by how they ended", async () => {
    const counts = async () =>
      Object.fromEntries(
        [...(await server.deps.metrics.read()).body.matchAll(/^renus_webhook_deliveries_total\{outcome="(\w+)"\} (\d+)$/gm)].map(
          ([, outcome, count]) => [outcome!, Number(count)],
        ),
      );
    const before = await counts();
    const rise = async () => {
      const now = await counts();
      return ["delivered", "retried", "failed"].map((outcome) => (now[outcome] ?? 0) - (before[outcome] ?? 0));
    };
    const hook = await make(["agent.published"]);
    for (const status of [204, 500, 410]) {
      answer = { status };
      await call("POST", `/webhooks/${hook.id}/test`);
      await soon(async () => (await deliveries(hook.id))[0]!.response_status).toBe(status);
    }
    await soon(rise).toEqual([1, 1, 1]);
    await forget(hook.id);
  });

  test("a new secret signs at once, the former one beside it for a day, an older one no more", async () => {
    const hook = await make(["agent.published"]);
    const rotate = async () => {
      const answered = await call<NewWebhook>("POST", `/webhooks/${hook.id}/rotate-secret`);
      expect(answered).toMatchObject({ status: 200, body: { id: hook.id, url, secret: expect.stringMatching(/^whsec_/) } });
      expect(answered.headers.get("Cache-Control")).toBe("no-store");
      return answered.body;
    };
    /** Which of the secrets verify the next delivery. */
    const verifying = async (secrets: string[]) => {
      came = [];
      await call("POST", `/webhooks/${hook.id}/test`);
      await soon(() => came.length).toBe(1);
      const { text, headers } = came[0]!;
      return secrets.filter((secret) => {
        try {
          return new Verifier(secret).verify(text, headers as Record<string, string>);
        } catch {
          return false;
        }
      });
    };
    const second = await rotate();
    const leftMs = Date.parse(second.former_secret_until!) - Date.now();
    expect(Math.abs(leftMs - 86_400_000)).toBeLessThan(60_000);
    expect(await verifying([hook.secret, second.secret])).toEqual([hook.secret, second.secret]);
    const third = await rotate();
    const all = [hook.secret, second.secret, third.secret];
    expect(await verifying(all)).toEqual([second.secret, third.secret]);

    const { db } = server.deps;
    const row = () =>
      db.as(SYSTEM, (trx) => trx.selectFrom("webhook_endpoints").selectAll().where("id", "=", hook.id).executeTakeFirstOrThrow());
    const stored = await row();
    for (const secret of all) expect(JSON.stringify(stored)).not.toContain(secret);
    // As if it had been sealed with another JWT_SECRET: what can be signed is.
    const store = (changes: object) =>
      db.as(SYSTEM, (trx) => trx.updateTable("webhook_endpoints").set(changes).where("id", "=", hook.id).execute());
    await store({ former_secret: "sealed:AAAA" });
    expect(await verifying(all)).toEqual([third.secret]);
    await store({ former_secret: stored.former_secret, former_secret_until: sql`now() - interval '1 second'` });
    expect(await verifying(all)).toEqual([third.secret]);
    expect((await call("GET", `/webhooks/${hook.id}`)).body.former_secret_until).toBeNull();
    await deleteFormerSecrets(db);
    expect(await row()).toMatchObject({ former_secret: null, former_secret_until: null, secret: stored.secret });
  });

  test("a redirect is not followed", async () => {
    answer = { status: 302, headers: { Location: `${url}/elsewhere` } };
    const hook = await make(["agent.published"]);
    await call("POST", `/webhooks/${hook.id}/test`);
    await soon(() => deliveries(hook.id)).toMatchObject([{ status: "pending", error: "The answer was 302." }]);
    expect(came).toHaveLength(1);
    await forget(hook.id);
  });

  test("after the last attempt it has failed, and can be sent again by hand", async () => {
    answer = { status: 500 };
    const hook = await make(["agent.published"]);
    const { body: queued } = await call<WebhookDelivery>("POST", `/webhooks/${hook.id}/test`);
    await soon(() => came.length).toBe(1);
    await server.deps.db.as(SYSTEM, (trx) =>
      trx.updateTable("webhook_deliveries").set({ attempts: 9 }).where("id", "=", queued.id).execute(),
    );
    await hurry(hook.id);
    await soon(() => deliveries(hook.id)).toMatchObject([{ status: "failed", attempts: 10, next_attempt_at: null }]);
    answer = { status: 200 };
    const replayed = await call("POST", `/webhooks/${hook.id}/deliveries/${queued.id}/replay`);
    expect(replayed.body).toMatchObject({ id: queued.id, status: "pending", attempts: 0 });
    await soon(() => deliveries(hook.id)).toMatchObject([{ status: "delivered", attempts: 1 }]);
    expect(new Set(came.map(({ headers }) => headers["webhook-id"]))).toEqual(new Set([`msg_${queued.id}`]));
  });

  test("410 switches it off at once, days of failure after them; switched on, what waited is delivered", async () => {
    answer = { status: 410 };
    const gone = await make(["agent.published"]);
    await call("POST", `/webhooks/${gone.id}/test`);
    await soon(async () => (await call("GET", `/webhooks/${gone.id}`)).body).toMatchObject({
      is_active: false,
      disabled_reason: "gone",
    });
    expect(await deliveries(gone.id)).toMatchObject([{ status: "failed" }]);
    expect((await call("POST", `/webhooks/${gone.id}/test`)).body).toMatchObject({ code: "VALIDATION_ERROR" });

    answer = { status: 500 };
    const failing = await make(["agent.published"]);
    await server.deps.db.as(SYSTEM, (trx) =>
      trx
        .updateTable("webhook_endpoints")
        .set({ failing_since: sql`now() - interval '97 hours'` })
        .where("id", "=", failing.id)
        .execute(),
    );
    await call("POST", `/webhooks/${failing.id}/test`);
    await soon(async () => (await call("GET", `/webhooks/${failing.id}`)).body).toMatchObject({
      is_active: false,
      disabled_reason: "failing",
    });
    // Nothing new is kept for what is switched off.
    await server.createPublishedAgent({}, owner.token);
    expect(await deliveries(failing.id)).toHaveLength(1);
    answer = { status: 200 };
    expect((await call("PATCH", `/webhooks/${failing.id}`, { is_active: true })).body).toMatchObject({
      is_active: true,
      disabled_reason: null,
      failing_since: null,
    });
    await hurry(failing.id);
    await soon(() => deliveries(failing.id)).toMatchObject([{ status: "delivered" }]);
  });

  test("of two workers one takes it; who was presumed dead writes nothing; a slow endpoint leaves room", async () => {
    await server.deps.orchestrator.stop();
    try {
      const { db } = server.deps;
      const [slow, quick] = [await make(["agent.published"]), await make(["agent.published"])];
      for (let n = 0; n < 4; n++) await call("POST", `/webhooks/${slow.id}/test`);
      await call("POST", `/webhooks/${quick.id}/test`);
      const claim = (leaseMs: number, busy: string[] = []) => claimDeliveries(db, { limit: 10, perEndpoint: 2, busy, leaseMs });
      const ours = (jobs: { endpoint_id: string }[], id: string) => jobs.filter((job) => job.endpoint_id === id);
      const [one, two] = await Promise.all([claim(60_000), claim(60_000)]);
      const taken = [...one, ...two].filter((job) => [slow.id, quick.id].includes(job.endpoint_id));
      expect(new Set(taken.map(({ id }) => id)).size).toBe(taken.length);
      expect(ours(one, slow.id).length).toBeLessThanOrEqual(2);
      expect(ours(taken, quick.id)).toHaveLength(1);
      expect(ours(await claim(60_000, [slow.id]), slow.id)).toEqual([]);

      await hurry(quick.id);
      const dead = ours(taken, quick.id)[0] as (typeof taken)[number];
      const [again] = ours(await claim(60_000), quick.id) as typeof taken;
      expect(again).toMatchObject({ id: dead.id, attempts: 2 });
      const failure = { status: 500, error: "The answer was 500.", retryMs: null, isGone: false, disableAfterMs: 1e9 };
      await markFailed(db, dead, failure);
      expect(await deliveries(quick.id)).toMatchObject([{ status: "pending", attempts: 2 }]);
      await markDelivered(db, again!, 200);
      expect(await deliveries(quick.id)).toMatchObject([{ status: "delivered", attempts: 2 }]);

      await db.as(SYSTEM, (trx) =>
        trx
          .updateTable("webhook_deliveries")
          .set({ created_at: sql`now() - interval '31 days'` })
          .where("endpoint_id", "=", quick.id)
          .execute(),
      );
      await deletePastDeliveries(db, 30 * 86_400_000, 100);
      expect(await deliveries(quick.id)).toEqual([]);
      expect(await deliveries(slow.id)).toHaveLength(4);
    } finally {
      await server.deps.orchestrator.start();
    }
  });

  test("what is told goes with its conversation", async () => {
    const hook = await make(["conversation.created"]);
    const agent = await server.createPublishedAgent({}, owner.token);
    const session = await server.createSession(agent.slug);
    await soon(() => deliveries(hook.id)).toMatchObject([{ status: "delivered" }]);
    await call("DELETE", `/visitors/${session.visitor_id}`);
    expect(await deliveries(hook.id)).toEqual([]);
  });

  test("on a public server nothing goes to its own network, whenever the address was written", async () => {
    const hook = await make(["agent.published"]);
    const config = server.deps.config as { publicUrl: string };
    const { publicUrl } = config;
    config.publicUrl = "https://chat.example.com";
    try {
      for (const inner of [url, "https://10.0.0.1/", "https://[::ffff:7f00:1]/", "https://0x7f.1/", "http://shop.example/"]) {
        const refused = await call("POST", "/webhooks", { url: inner, events: ["agent.published"] });
        expect(refused, inner).toMatchObject({ status: 400, body: { issues: [{ path: "url" }] } });
        expect((await call("PATCH", `/webhooks/${hook.id}`, { url: inner })).status, inner).toBe(400);
      }
      await call("POST", `/webhooks/${hook.id}/test`);
      await soon(() => deliveries(hook.id)).toMatchObject([
        { attempts: 1, response_status: null, error: expect.stringMatching(/https/) },
      ]);
      expect(came).toEqual([]);
    } finally {
      config.publicUrl = publicUrl;
    }
  });

  test("the secret is told once", async () => {
    const { secret, ...shown } = await make(["message.created", "message.created"]);
    expect(shown.events).toEqual(["message.created"]);
    const answers = [
      await call("GET", `/webhooks/${shown.id}`),
      await call("PATCH", `/webhooks/${shown.id}`, {}),
      await call("GET", "/webhooks"),
    ];
    expect(answers[0]!.body).toEqual(shown);
    expect(JSON.stringify(answers)).not.toContain(secret);
    const row = await server.deps.db.as(SYSTEM, (trx) =>
      trx.selectFrom("webhook_endpoints").select("secret").where("id", "=", shown.id).executeTakeFirstOrThrow(),
    );
    expect(row.secret).toMatch(/^sealed:/);
  });
}
