import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tablesThatHold } from "../../../tests/support/kept.ts";
import { startTestServer, type TestServer } from "../../../tests/support/server.ts";
import { openWs } from "../../../tests/support/ws-client.ts";
import type { Agent, PublicSession } from "../../../protocol/resources.ts";
import type { Bus } from "../../bus/bus.ts";
import { SYSTEM } from "../../db/actor.ts";
import type { Database } from "../../db/database.ts";
import { sweepConversations } from "./sweep-conversations.ts";

/** What is kept for a time only, on any database. */
export function retentionCases(openDatabase: () => Promise<Database>): void {
  let server: TestServer;
  let db: Database;
  beforeAll(async () => {
    db = await openDatabase();
    server = await startTestServer({ db });
  });
  afterAll(() => server.stop());

  let words = 0;
  const sweep = () => sweepConversations(server.deps);
  const agentThatKeeps = (retention_days?: number) =>
    server.createPublishedAgent({ name: "Shop", ...(retention_days === undefined ? {} : { config: { retention_days } }) });

  /** A conversation in which somebody wrote, and an answer of the scripted model. */
  async function chat(agent: Agent, token?: string): Promise<{ session: PublicSession; said: string }> {
    const session = await server.createSession(agent.slug, token === undefined ? {} : { token });
    const said = `unrepeatable${++words}`;
    const frame = {
      type: "message",
      conversation_id: session.conversation_id,
      content: said,
      client_message_id: crypto.randomUUID(),
    };
    await server.ok("POST", "/public/frames", { token: session.token, body: frame });
    const path = `/conversations/${session.conversation_id}/messages`;
    const isAnswered = async () =>
      (await server.ok("GET", path)).data.some(
        (m: { role: string; status: string }) => m.role === "assistant" && m.status === "complete",
      );
    await expect.poll(isAnswered, { timeout: 10_000 }).toBe(true);
    return { session, said };
  }
  /** As if nobody had written or come for so many days. */
  const age = (id: string, days: number) =>
    db.as(SYSTEM, async (trx) => {
      const ago = sql<string>`now() - make_interval(days => ${days}::integer)`;
      const { visitor_id } = await trx
        .updateTable("conversations")
        .set({ created_at: ago, last_message_at: sql`case when last_message_at is not null then ${ago} end` })
        .where("id", "=", id)
        .returning("visitor_id")
        .executeTakeFirstOrThrow();
      await trx.updateTable("visitors").set({ last_seen_at: ago, created_at: ago }).where("id", "=", visitor_id!).execute();
    });
  const isThere = async (id: string) => (await server.call("GET", `/conversations/${id}`)).status === 200;

  describe("a conversation that is kept no longer", () => {
    test("goes with all that belongs to it or quotes it, and so does its visitor; operators and open pages hear of it", async () => {
      const agent = await agentThatKeeps(30);
      const { session, said } = await chat(agent);
      const { conversation_id: id, visitor_id } = session;
      const specialist = await server.createSubAgent(agent.id);
      await server.ok("POST", `/conversations/${id}/notes`, { body: { content: `about ${said}` } });
      const { data } = await server.ok("GET", `/conversations/${id}/messages`);
      const reply = data.find((m: { role: string }) => m.role === "assistant");
      await server.ok("PUT", `/conversations/${id}/messages/${reply.id}/correction`, { body: { sub_agent_id: specialist.id } });
      await server.ok("POST", "/public/frames", {
        token: session.token,
        body: { type: "read", conversation_id: id, message_id: reply.id },
      });
      const held = Object.keys(await tablesThatHold(db, [id, visitor_id, said, ...data.map((m: { id: string }) => m.id)]));
      for (const name of [
        "conversations",
        "messages",
        "message_traces",
        "conversation_notes",
        "participants",
        "reply_jobs",
        "routing_examples",
        "visitors",
        "usage_days",
      ]) {
        expect(held, "the test has rows in all of them").toContain(`public.${name}`);
      }

      const [visitor, desk] = await Promise.all([
        openWs(server.url, { token: session.token }),
        openWs(server.url, { token: await server.adminToken() }),
      ]);
      await age(id, 29);
      expect(await sweep()).toEqual({ conversations: 0, visitors: 0 });
      await age(id, 31);
      expect(await sweep()).toEqual({ conversations: 1, visitors: 1 });
      expect(await tablesThatHold(db, [id, visitor_id, said, ...data.map((m: { id: string }) => m.id)])).toEqual({});
      expect(await desk.take("conversation_deleted")).toEqual({ type: "conversation_deleted", conversation_id: id });
      expect(await visitor.closed).toMatchObject({ code: 4201 });
      await desk.close();
      expect((await server.call("POST", "/public/sessions/refresh", { token: session.token })).status).toBe(401);
      expect(await sweep(), "there is nothing left to do").toEqual({ conversations: 0, visitors: 0 });
    });

    test("is one without a message as well, and a closed one", async () => {
      const agent = await agentThatKeeps(1);
      const [empty, closed] = [await server.createSession(agent.slug), await server.createSession(agent.slug)];
      await server.ok("POST", `/conversations/${closed.conversation_id}/close`);
      for (const { conversation_id } of [empty, closed]) await age(conversation_id, 2);
      expect(await sweep()).toEqual({ conversations: 2, visitors: 2 });
    });

    test("takes 90 days unless the agent says otherwise; null says nothing, 0 keeps everything", async () => {
      const [standard, kept] = [await agentThatKeeps(), await agentThatKeeps(0)];
      const asked = await agentThatKeeps(7);
      await server.ok("PATCH", `/agents/${asked.id}`, { body: { config: { retention_days: null } } });
      const ids: string[] = [];
      for (const agent of [standard, kept, asked]) ids.push((await server.createSession(agent.slug)).conversation_id);
      for (const id of ids) await age(id, 89);
      expect(await sweep()).toEqual({ conversations: 0, visitors: 0 });
      for (const id of ids) await age(id, 91);
      expect(await sweep()).toEqual({ conversations: 2, visitors: 2 });
      expect(await Promise.all(ids.map(isThere))).toEqual([false, true, false]);
    });
  });

  test("a visitor with another conversation stays with it; one whom a sweep had to leave goes later", async () => {
    const agent = await agentThatKeeps(10);
    const { session: old } = await chat(agent);
    const { session: fresh } = await chat(agent, old.token);
    expect(fresh.visitor_id).toBe(old.visitor_id);
    await age(old.conversation_id, 11);
    expect(await sweep()).toEqual({ conversations: 1, visitors: 0 });
    expect(await isThere(fresh.conversation_id)).toBe(true);
    await age(fresh.conversation_id, 11);
    await db.as(SYSTEM, (trx) => trx.deleteFrom("conversations").where("id", "=", fresh.conversation_id).execute());
    expect(await sweep()).toEqual({ conversations: 0, visitors: 1 });
  });

  test("more than one transaction holds go in several, and a server that stops goes on at its next start", async () => {
    const agent = await agentThatKeeps(5);
    await db.as(SYSTEM, (trx) =>
      sql`with v as (insert into public.visitors (agent_id, client_id, last_seen_at)
            select ${agent.id}::uuid, ${agent.client_id}::uuid, now() - interval '6 days' from generate_series(1, 120) returning id)
          insert into public.conversations (agent_id, client_id, visitor_id, created_at, last_message_at)
            select ${agent.id}::uuid, ${agent.client_id}::uuid, id, now() - interval '7 days', now() - interval '6 days' from v`.execute(
        trx,
      ),
    );
    let isOver = false;
    const bus: Bus = {
      ...server.deps.bus,
      publish(...events) {
        isOver ||= events.length > 0;
        server.deps.bus.publish(...events);
      },
    };
    expect(await sweepConversations({ db, bus }, () => isOver)).toEqual({ conversations: 50, visitors: 50 });
    expect(await sweep()).toEqual({ conversations: 70, visitors: 70 });
  });

  test("what is no number of days is refused, and counts as the default where it stands already", async () => {
    for (const retention_days of [-1, 1.5, 3651, "7"]) {
      const answer = await server.call("POST", "/agents", { body: { name: "Shop", config: { retention_days } } });
      expect([answer.status, answer.body.code], String(retention_days)).toEqual([400, "VALIDATION_ERROR"]);
    }
    const agent = await agentThatKeeps();
    await db.as(SYSTEM, (trx) =>
      trx
        .updateTable("agents")
        .set({ config: JSON.stringify({ retention_days: "soon" }) })
        .where("id", "=", agent.id)
        .execute(),
    );
    const { conversation_id: id } = await server.createSession(agent.slug);
    await age(id, 89);
    expect((await sweep()).conversations).toBe(0);
    await age(id, 91);
    expect((await sweep()).conversations).toBe(1);
  });
}
