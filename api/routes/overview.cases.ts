import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Agent, Overview } from "../../protocol/resources.ts";
import type { Database } from "../db/database.ts";
import { ownerQuery } from "../../tests/support/owner.ts";
import { startTestServer, type TestServer, type TestUser } from "../../tests/support/server.ts";

const TRACE = { model: "gpt-4o-mini", tokens: { prompt: 1000, completion: 100 } };

/** Figures of a small history, by hand, on a database. */
export function overviewCases(openDatabase: () => Promise<Database>): void {
  describe("GET /overview", () => {
    let server: TestServer;
    let agent: Agent;
    let olga: TestUser;

    beforeAll(async () => {
      const db = await openDatabase();
      server = await startTestServer({ db });
      agent = await server.createPublishedAgent({ name: "Northwind" });
      olga = await server.createUser({ role: "client", client_id: agent.client_id, name: "Olga" });
      const run = (text: string, values: unknown[] = []) => ownerQuery(db, text, values);
      // Two days ago: answered by the assistant after 2 s, a thumb up. An hour ago: a person wrote, after 4 s. Ten days ago: one more.
      const talk = async (
        ago: string,
        source: string | null,
        lines: [role: string, seconds: number, more?: Record<string, unknown>][],
      ) => {
        const { conversation_id: id } = await server.createSession(agent.slug);
        await run(`update conversations set created_at = now() - $2::interval, source = $3, last_seq = $4 where id = $1`, [
          id,
          ago,
          source,
          lines.length,
        ]);
        const first = (...roles: string[]) => lines.find(([role]) => roles.includes(role))?.[1] ?? null;
        await run(
          `update conversations
              set first_asked_at = created_at + $2 * interval '1 second', first_answered_at = created_at + $3 * interval '1 second',
                  has_operator = $4, last_message_at = created_at + interval '1 minute'
            where id = $1`,
          [id, first("visitor"), first("assistant", "operator"), first("operator") !== null],
        );
        for (const [at, [role, seconds, more = {}]] of lines.entries()) {
          const [{ id: messageId }] = (await run(
            `insert into messages (conversation_id, client_id, seq, rev, role, content, feedback, created_at)
             values ($1, $2, $3, $3, $4, 'x', $5, now() - $6::interval + $7 * interval '1 second') returning id`,
            [id, agent.client_id, at + 1, role, more["feedback"] ?? null, ago, seconds],
          )) as [{ id: string }];
          if (more["topic"] === undefined) continue;
          const trace = { ...TRACE, topic: more["topic"], chosen: { kind: more["topic"] ? "sub_agent" : "agent" } };
          await run(
            `insert into message_traces (message_id, client_id, agent_id, trace, created_at) values ($1, $2, $3, $4, now() - $5::interval)`,
            [messageId, agent.client_id, agent.id, JSON.stringify(trace), ago],
          );
        }
      };
      await talk("2 days", "flyer", [
        ["visitor", 0],
        ["assistant", 2, { topic: "delivery", feedback: "up" }],
      ]);
      await talk("1 hour", null, [
        ["visitor", 0],
        ["system", 1],
        ["assistant", 4, { topic: null, feedback: "down" }],
        ["operator", 9],
      ]);
      await talk("10 days", "flyer", [
        ["visitor", 0],
        ["assistant", 1, { topic: "delivery" }],
      ]);
    });
    afterAll(() => server?.stop());
    const ask = (query: string, token = olga.token): Promise<Overview> => server.ok("GET", `/overview${query}`, { token });

    it("adds up a week beside the week before", async () => {
      const week = await ask("");
      expect(week.totals).toEqual({
        conversations: 2,
        messages: 5,
        replies: 2,
        // Each line is written a moment after the one before.
        median_first_reply_ms: expect.closeTo(3000, -3),
        handled_without_person: 0.5,
        hand_offs: 1,
        thumbs_up: 1,
        thumbs_down: 1,
        prompt_tokens: 2000,
        completion_tokens: 200,
        estimated_cost_usd: expect.closeTo(0.00042, 8),
      });
      expect(week.previous).toMatchObject({ conversations: 1, messages: 2, hand_offs: 0, handled_without_person: 1 });
      expect(week.topics).toMatchObject([
        { topic: "delivery", volume: 1, fallback_share: 0, hand_offs: 0, thumbs_up: 1, prompt_tokens: 1000 },
        { topic: null, volume: 1, fallback_share: 1, hand_offs: 1, thumbs_down: 1 },
      ]);
      expect(week.sources).toEqual([
        { source: "flyer", conversations: 1 },
        { source: null, conversations: 1 },
      ]);
      expect([7, 8]).toContain(week.series.length);
      expect(week.series.reduce((sum, { messages }) => sum + messages, 0)).toBe(5);
    });

    it("counts by hours in a day, and a month with everything", async () => {
      const day = await ask("?period=24h");
      expect([24, 25]).toContain(day.series.length);
      expect(day.totals).toMatchObject({ conversations: 1, messages: 3 });
      expect((await ask("?period=30d")).totals).toMatchObject({ conversations: 3, messages: 7 });
    });

    it("is of one agent, and of one's own company alone", async () => {
      const empty = {
        conversations: 0,
        messages: 0,
        replies: 0,
        median_first_reply_ms: null,
        handled_without_person: null,
        estimated_cost_usd: 0,
      };
      const other = await server.createPublishedAgent({ name: "Southwind" });
      expect((await ask(`?agent_id=${other.id}`)).totals).toMatchObject(empty);
      expect((await ask(`?agent_id=${agent.id}`)).totals.messages).toBe(5);
      const company = await server.createClient("Other company");
      const stranger = await server.createUser({ role: "client", client_id: company.id });
      expect(await ask("", stranger.token)).toMatchObject({ totals: empty, topics: [], sources: [] });
      expect((await ask("", await server.adminToken())).totals.messages).toBe(5);
    });

    it("knows what is said in a conversation as it goes on", async () => {
      const live = await server.createPublishedAgent({ name: "Eastwind" });
      const { token, conversation_id } = await server.createSession(live.slug);
      const figures = async () => (await ask(`?period=24h&agent_id=${live.id}`)).totals;
      const frame = { type: "message", conversation_id, content: "Hello?", client_message_id: crypto.randomUUID() };
      await server.ok("POST", "/public/frames", { token, body: frame });
      await expect.poll(async () => (await figures()).replies, { timeout: 10_000 }).toBe(1);
      expect(await figures()).toMatchObject({ conversations: 1, messages: 2, hand_offs: 0, handled_without_person: 1 });
      expect((await figures()).median_first_reply_ms).toBeGreaterThan(0);
      expect((await ask(`?period=24h&agent_id=${live.id}`)).topics).toMatchObject([{ volume: 1 }]);
      await server.ok("POST", `/conversations/${conversation_id}/messages`, {
        token: olga.token,
        body: { content: "I am here." },
      });
      expect(await figures()).toMatchObject({ hand_offs: 1, handled_without_person: 0 });
      expect((await ask(`?period=24h&agent_id=${live.id}`)).topics).toMatchObject([{ hand_offs: 1 }]);
    });

    it("knows three periods", async () => {
      for (const query of ["?period=1y", "?agent_id=x"])
        expect((await server.call("GET", `/overview${query}`)).body.code).toBe("VALIDATION_ERROR");
    });
  });
}
