import { sql } from "kysely";
import { pino } from "pino";
import { expect, test } from "vitest";
import { SYSTEM } from "../../api/db/actor.ts";
import type { Database } from "../../api/db/database.ts";
import type { ChatChunk, ChatModel } from "../../api/llm/model.ts";
import { meterModel } from "../../api/orchestrator/metered-model.ts";
import { dayLimitsOf } from "../../api/services/limits/day-limits.ts";
import { getUsage } from "../../api/services/limits/get-usage.ts";
import { reserveCall, type Spender } from "../../api/services/limits/reserve-call.ts";
import { deletePastUsage, settleCall } from "../../api/services/limits/settle-call.ts";
import { until, useReplies, type TestAgent, type TestConversation } from "./replies.ts";

/** What limits of a day promise, on either database. */
export function describeLimits(openDatabase: () => Promise<Database>): void {
  const suite = useReplies(openDatabase);
  const db = () => suite.world.db;

  const agentWith = (limits: Record<string, number>) =>
    suite.world.createAgent({ config: JSON.stringify({ limits }), model: "gpt-4o-mini" });
  const spenderOf = (agent: TestAgent, limits: Record<string, number>, visitor_id: string | null = null): Spender => ({
    agent_id: agent.id,
    visitor_id,
    job_id: null,
    limits: dayLimitsOf({ limits }),
  });
  async function reserved(spender: Spender, tokens: number, micro_usd = 0): Promise<string | null> {
    return reserveCall(db(), spender, { tokens, micro_usd }).catch((err: { code?: string }) => {
      if (err.code !== "QUOTA_EXCEEDED") throw err;
      return null;
    });
  }
  async function usageOf(agent: TestAgent, visitorId: string | null = null) {
    const rows = await db().as(SYSTEM, (trx) =>
      trx
        .selectFrom("usage_days")
        .select(["replies", "tokens", "micro_usd", "refused_by"])
        .where("agent_id", "=", agent.id)
        .where("visitor_id", visitorId === null ? "is" : "=", visitorId)
        .orderBy("day", "desc")
        .execute(),
    );
    return rows;
  }
  const openCalls = (agent: TestAgent) =>
    db().as(SYSTEM, (trx) => trx.selectFrom("model_calls").selectAll().where("agent_id", "=", agent.id).execute());
  /** As if midnight had passed since. */
  const nextDay = (agent: TestAgent) =>
    db().as(SYSTEM, async (trx) => {
      for (const table of ["usage_days", "model_calls"] as const) {
        await sql`update public.${sql.raw(table)} set day = day - 1 where agent_id = ${agent.id}::uuid`.execute(trx);
      }
    });
  const lines = async (conversation: TestConversation) =>
    (await conversation.messages()).map(({ role, content, error_code }) => ({ role, content, error_code }));
  const refusal = (conversation: TestConversation, n = 1) =>
    until(async () => (await conversation.messages()).filter((row) => row.error_code === "QUOTA_EXCEEDED")[n - 1]);
  const isWaiting = (conversation: TestConversation) =>
    db().as(SYSTEM, async (trx) => {
      const row = trx.selectFrom("conversations").select("waiting").where("id", "=", conversation.id);
      return (await row.executeTakeFirstOrThrow()).waiting;
    });

  test("of many calls at the same moment exactly as many pass as there is room for", async () => {
    const limits = { tokens_per_day: 1050 };
    const agent = await agentWith(limits);
    const calls = await Promise.all(Array.from({ length: 30 }, () => reserved(spenderOf(agent, limits), 100)));
    expect(calls.filter((call) => call !== null)).toHaveLength(10);
    expect(await usageOf(agent)).toMatchObject([{ tokens: 1000, refused_by: "tokens" }]);
  });

  test("a visitor's limit stops that visitor and nobody else; nothing of a refused call is kept", async () => {
    const limits = { visitor_usd_per_day: 0.01, usd_per_day: 1 };
    const agent = await agentWith(limits);
    const [ana, ben] = [await suite.world.createConversation(agent), await suite.world.createConversation(agent)];
    const of = ({ visitor }: TestConversation) => spenderOf(agent, limits, visitor.actor.visitor_id);
    const anas = await Promise.all(Array.from({ length: 8 }, () => reserved(of(ana), 10, 3000)));
    expect(anas.filter((call) => call !== null)).toHaveLength(3);
    expect(await reserved(of(ben), 10, 3000)).not.toBeNull();
    expect(await usageOf(agent)).toMatchObject([{ tokens: 40, micro_usd: 12_000, refused_by: null }]);
    expect(await usageOf(agent, ana.visitor.actor.visitor_id)).toMatchObject([{ tokens: 30, refused_by: "micro_usd" }]);
    expect(await openCalls(agent)).toHaveLength(4);
  });

  test("the refusal says whose limit it was and how long to wait, until midnight UTC", async () => {
    const agent = await agentWith({});
    const refused = await reserveCall(db(), spenderOf(agent, { tokens_per_day: 1 }), { tokens: 2, micro_usd: 0 }).catch(
      (err: unknown) => err,
    );
    expect(refused).toMatchObject({ code: "QUOTA_EXCEEDED", details: { scope: "agent", limit: "tokens" } });
    const waitMs = (refused as { details: { retry_after_ms: number } }).details.retry_after_ms;
    const midnight = new Date().setUTCHours(24, 0, 0, 0);
    expect(Math.abs(Date.now() + waitMs - midnight)).toBeLessThan(60_000);
  });

  test("what a call did not need is given back, once", async () => {
    const limits = { tokens_per_day: 1000 };
    const agent = await agentWith(limits);
    const call = await reserved(spenderOf(agent, limits), 900, 700);
    expect(await reserved(spenderOf(agent, limits), 200)).toBeNull();
    await settleCall(db(), call!, { tokens: 50, micro_usd: 7, isVoid: false });
    await settleCall(db(), call!, { tokens: 50, micro_usd: 7, isVoid: false });
    expect(await usageOf(agent)).toMatchObject([{ tokens: 50, micro_usd: 7 }]);
    expect(await reserved(spenderOf(agent, limits), 900)).not.toBeNull();
  });

  test("a process that dies between reserving and settling leaves its call counted, and a late settling changes nothing", async () => {
    const limits = { tokens_per_day: 1000 };
    const agent = await agentWith(limits);
    const call = await reserved(spenderOf(agent, limits), 900);
    await deletePastUsage(db(), 100);
    expect(await openCalls(agent)).toHaveLength(1);
    await db().as(SYSTEM, (trx) =>
      sql`update public.model_calls set expires_at = clock_timestamp() - interval '1 second' where id = ${call}::uuid`.execute(
        trx,
      ),
    );
    await deletePastUsage(db(), 100);
    expect(await openCalls(agent)).toEqual([]);
    await settleCall(db(), call!, { tokens: 0, micro_usd: 0, isVoid: true });
    expect(await usageOf(agent)).toMatchObject([{ tokens: 900 }]);
    expect(await reserved(spenderOf(agent, limits), 200)).toBeNull();
  });

  test("at midnight everything starts anew, and a call of yesterday is settled on its own day", async () => {
    const limits = { tokens_per_day: 1000 };
    const agent = await agentWith(limits);
    const call = await reserved(spenderOf(agent, limits), 1000);
    await nextDay(agent);
    expect(await reserved(spenderOf(agent, limits), 1000)).not.toBeNull();
    await settleCall(db(), call!, { tokens: 300, micro_usd: 0, isVoid: false });
    expect(await usageOf(agent)).toMatchObject([{ tokens: 1000 }, { tokens: 300 }]);
    for (let days = 0; days < 8; days++) await nextDay(agent);
    await deletePastUsage(db(), 100);
    expect(await usageOf(agent)).toEqual([]);
  });

  test("two processes race for the last reply of the day: one visitor is answered, the other is asked for a message", async () => {
    const agent = await agentWith({ replies_per_day: 1 });
    await suite.start();
    await suite.start();
    const conversations = await Promise.all(Array.from({ length: 6 }, () => suite.world.createConversation(agent)));
    await Promise.all(conversations.map((conversation) => conversation.say("Hello?")));
    await Promise.all(
      conversations.map((one) => until(async () => (await one.messages()).some((row) => row.role !== "visitor"))),
    );
    await until(async () => (await openCalls(agent)).length === 0);
    const kinds = (await Promise.all(conversations.map(lines))).map((said) => said.at(-1)!.role);
    expect(kinds.toSorted()).toEqual(["assistant", "system", "system", "system", "system", "system"]);
    expect(suite.server.requests).toHaveLength(1);
    expect(await usageOf(agent)).toMatchObject([{ replies: 1, refused_by: "replies" }]);
  });

  test("on the limit the conversation says so in the visitor's language, waits for a person, and thanks for what is left there", async () => {
    const agent = await agentWith({ visitor_replies_per_day: 1 });
    const conversation = await suite.world.createConversation(agent);
    await db().as(SYSTEM, (trx) =>
      trx.updateTable("conversations").set({ locale: "pt-BR" }).where("id", "=", conversation.id).execute(),
    );
    await suite.start();
    await conversation.say("Oi?");
    await conversation.reply();
    expect(await isWaiting(conversation)).toBe(false);
    await conversation.say("E o preço?");
    expect(await refusal(conversation)).toMatchObject({ role: "system", status: "complete", sender_name: null });
    expect(await isWaiting(conversation)).toBe(true);
    await conversation.say("ana@example.test");
    expect((await refusal(conversation, 2)).content).toContain("Obrigado");
    expect(await isWaiting(conversation)).toBe(true);
    expect((await lines(conversation)).map(({ role, content }) => (role === "system" ? content : role))).toEqual([
      "visitor",
      "assistant",
      "visitor",
      expect.stringMatching(/não pode mais responder hoje.+e-mail ou telefone/),
      "visitor",
      expect.stringContaining("guardada"),
    ]);
    expect((await conversation.jobs()).map(({ status }) => status)).toEqual(["complete", "failed", "failed"]);
    expect(suite.server.requests).toHaveLength(1);
    const told = conversation.frames().flatMap((frame) => (frame.type === "message" ? [frame.message.error_code] : []));
    expect(told.filter((code) => code === "QUOTA_EXCEEDED")).toHaveLength(2);
    // The model never reads those lines, and the next day it answers again.
    await nextDay(agent);
    await conversation.say("Bom dia!");
    await conversation.reply(2);
    expect(await isWaiting(conversation)).toBe(false);
    expect(suite.server.replies[1]!.body.messages.map(({ role }) => role)).toEqual(["system", "user", "assistant", "user"]);
  });

  test("the panel hears that the limit was reached until it is raised", async () => {
    const agent = await agentWith({ replies_per_day: 1, visitor_replies_per_day: 1 });
    const [ana, ben] = [await suite.world.createConversation(agent), await suite.world.createConversation(agent)];
    await suite.start();
    await ana.say("Hello?");
    await ana.reply();
    const read = () => getUsage(ana.operator, { id: agent.id });
    expect(await read()).toMatchObject({ replies: 1, reached: null, visitors_stopped: 0, limits: { replies_per_day: 1 } });
    await ana.say("And?");
    await refusal(ana);
    await ben.say("Hello?");
    await refusal(ben);
    const usage = await read();
    expect(usage).toMatchObject({ replies: 1, reached: "replies", visitors_stopped: 1 });
    expect(new Date(usage.resets_at).getTime()).toBe(new Date().setUTCHours(24, 0, 0, 0));
    const config = JSON.stringify({ limits: { replies_per_day: 2 } });
    await db().as(SYSTEM, (trx) => trx.updateTable("agents").set({ config }).where("id", "=", agent.id).execute());
    expect(await read()).toMatchObject({ reached: null, limits: { replies_per_day: 2 } });
  });

  test("ten quick messages cost one reply and one call", async () => {
    const agent = await agentWith({});
    const conversation = await suite.world.createConversation(agent);
    for (let n = 1; n <= 10; n++) await conversation.say(`Message ${n}`);
    await suite.start();
    await conversation.reply();
    await until(async () => (await openCalls(agent)).length === 0);
    expect(suite.server.requests).toHaveLength(1);
    expect(suite.server.requests[0]!.user).toContain("Message 10");
    expect(await usageOf(agent)).toMatchObject([{ replies: 1 }]);
  });

  test("messages that supersede a reply before its first word cost no further reply", async () => {
    const agent = await agentWith({});
    const conversation = await suite.world.createConversation(agent);
    suite.server.behave((request) => (suite.server.requests.indexOf(request) < 3 ? { gate: new Promise(() => {}) } : {}));
    await suite.start();
    for (let n = 1; n <= 4; n++) {
      await conversation.say(`Message ${n}`);
      await until(() => suite.server.requests.length === n);
    }
    await conversation.reply();
    await until(async () => (await openCalls(agent)).length === 0);
    expect(await usageOf(agent)).toMatchObject([{ replies: 1 }]);
    expect((await usageOf(agent))[0]!.tokens).toBeGreaterThan(42 + 4);
  });

  test("what the server reports is what counts, routing included, at the model's price", async () => {
    const agent = await suite.world.createAgent({
      model: "gpt-4o",
      subAgents: [
        { name: "Shoes", topics: ["shoes"] },
        { name: "Parcels", topics: ["parcels"] },
      ],
    });
    const conversation = await suite.world.createConversation(agent);
    await suite.start();
    await conversation.say("Where is it?");
    await conversation.reply();
    await until(async () => (await openCalls(agent)).length === 0);
    expect(suite.server.routings).toHaveLength(1);
    // 42 read for the reply by the server; for the routing so many that 42 cannot be true.
    const [usage] = await usageOf(agent);
    expect(usage!.tokens).toBeGreaterThan(42 + 4 + 42);
    expect(usage!.micro_usd).toBeGreaterThan(usage!.tokens * 2.5);
    expect(usage!.replies).toBe(1);
  });

  test("a server that is overloaded costs nothing, and no reply", async () => {
    const agent = await agentWith({});
    const conversation = await suite.world.createConversation(agent);
    suite.server.behave(() => ({ status: 429, retryAfter: "0" }));
    await suite.start({ triesMax: 2 });
    await conversation.say("Hello?");
    expect(await conversation.reply()).toMatchObject({ status: "failed", error_code: "MODEL_UNAVAILABLE" });
    await until(async () => (await openCalls(agent)).length === 0);
    expect(await usageOf(agent)).toMatchObject([{ replies: 0, tokens: 0, micro_usd: 0 }]);
    suite.server.behave(() => ({}));
    await conversation.say("And now?");
    await conversation.reply(2);
    await until(async () => (await openCalls(agent)).length === 0);
    expect(await usageOf(agent)).toMatchObject([{ replies: 1 }]);
  });

  const usages: [string, { prompt: number; completion: number } | null, { atLeast: number; atMost: number }][] = [
    ["reports nothing", null, { atLeast: 1100, atMost: 1300 }],
    ["reports zero", { prompt: 0, completion: 0 }, { atLeast: 1100, atMost: 1300 }],
    ["reports less than nothing", { prompt: -5, completion: Number.NaN }, { atLeast: 1100, atMost: 1300 }],
    ["reports thoughts that nobody saw", { prompt: 1000, completion: 5000 }, { atLeast: 6000, atMost: 6000 }],
  ];
  test.each(usages)("a server that %s is counted for what it can have done", async (_, usage, { atLeast, atMost }) => {
    const agent = await agentWith({});
    const chunks: ChatChunk[] = Array.from({ length: 100 }, () => ({ type: "text", text: " word" }));
    if (usage) chunks.push({ type: "usage", usage });
    const model = meterModel(streaming(chunks), { db: db(), log, metrics: undefined, isFree: true });
    await read(model, agent, { prompt: "word ".repeat(800), tokensMax: 500 });
    await model.settled();
    const [row] = await usageOf(agent);
    expect(row!.tokens).toBeGreaterThanOrEqual(atLeast);
    expect(row!.tokens).toBeLessThanOrEqual(atMost);
  });

  test("an answer that ignores its cap is ended; thoughts without end are a failure", async () => {
    const agent = await agentWith({});
    const endless = Array.from({ length: 5000 }, (): ChatChunk => ({ type: "text", text: " word" }));
    const talking = meterModel(streaming(endless), { db: db(), log, metrics: undefined, isFree: true });
    expect((await read(talking, agent, { prompt: "", tokensMax: 100 })).length).toBeLessThan(250);
    const thinking = meterModel(streaming(endless.map(() => ({ type: "alive" }))), {
      db: db(),
      log,
      metrics: undefined,
      isFree: true,
    });
    await expect(read(thinking, agent, { prompt: "", tokensMax: 100 })).rejects.toMatchObject({
      kind: "empty",
      isRetryable: false,
    });
    await Promise.all([talking.settled(), thinking.settled()]);
  });

  test("without the database nothing is asked", async () => {
    const agent = await agentWith({});
    let asked = 0;
    const counting = streaming([{ type: "text", text: "Hello" }], () => asked++);
    const broken = { ...db(), call: () => Promise.reject(new Error("connection lost")) } as Database;
    const model = meterModel(counting, { db: broken, log, metrics: undefined, isFree: true });
    await expect(read(model, agent, { prompt: "", tokensMax: 10 })).rejects.toMatchObject({ code: "INTERNAL_ERROR" });
    expect(asked).toBe(0);
  });

  const log = pino({ level: "silent" });
  function streaming(chunks: ChatChunk[], onAsked = () => {}): ChatModel {
    return {
      provider: "test",
      async *stream() {
        onAsked();
        yield* chunks;
      },
      complete: () => Promise.reject(new Error("nobody asks for this")),
    };
  }
  async function read(
    model: ReturnType<typeof meterModel>,
    agent: TestAgent,
    { prompt, tokensMax }: { prompt: string; tokensMax: number },
  ): Promise<string[]> {
    const texts: string[] = [];
    const stream = await model.stream({
      model: "test",
      messages: [{ role: "user", content: prompt }],
      tokensMax,
      spender: spenderOf(agent, {}),
      signal: new AbortController().signal,
    });
    for await (const chunk of stream) if (chunk.type === "text") texts.push(chunk.text);
    return texts;
  }
}
