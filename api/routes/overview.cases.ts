import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Agent, Overview } from "../../protocol/resources.ts";
import { sumHours } from "../services/overview/sum-hours.ts";
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

    it("says the same of hours that have been added up, also after what changes in them", async () => {
      const [one, two] = [await server.createPublishedAgent({ name: "One" }), await server.createPublishedAgent({ name: "Two" })];
      // What other tests have left may leave a period while this one looks.
      await ownerQuery(server.deps.db, "delete from conversations");
      const sevenHundredLines = `
        with c as (
          insert into conversations (agent_id, client_id, last_seq, created_at, last_message_at, source, first_asked_at, first_answered_at, has_operator)
          select case when n % 3 = 0 then $2::uuid else $1::uuid end, $3, 7, t, t, (array['flyer','mail',null])[1 + n % 3], t, t + n * interval '1 second', n % 9 = 0
            -- Never near a moment where a period may begin, for the clock goes on.
            from (select n, now() - (n * 977 % 66) * interval '1 day' - (20 + n * 677 % 1300) * interval '1 minute' as t from generate_series(1, 100) n) spread
          returning id, client_id, agent_id, created_at),
        m as (
          insert into messages (conversation_id, client_id, seq, rev, role, content, status, feedback, created_at)
          select c.id, c.client_id, s, s, (array['visitor','assistant','system','operator'])[1 + s % 4], 'x',
                 case when s = 5 then 'failed' else 'complete' end, case when s % 4 = 1 then (array['up','down',null,null])[1 + ascii(c.id::text) % 4] end,
                 c.created_at + s * interval '1 minute'
            from c, generate_series(1, 7) s returning id, conversation_id, client_id, role, created_at)
        insert into message_traces (message_id, client_id, agent_id, created_at, trace)
        select m.id, m.client_id, c.agent_id, m.created_at, jsonb_build_object('topic', (array['prices','delivery',null])[1 + ascii(m.id::text) % 3],
                 'chosen', jsonb_build_object('kind', 'agent'), 'model', 'gpt-4o-mini', 'tokens', jsonb_build_object('prompt', 10, 'completion', 3))
          from m join c on c.id = m.conversation_id where m.role = 'assistant'`;
      await ownerQuery(server.deps.db, sevenHundredLines, [one.id, two.id, one.client_id]);
      const all = async () => {
        const seen: unknown[] = [];
        for (const period of ["24h", "7d", "30d"]) {
          for (const scope of ["", `&agent_id=${one.id}`, `&agent_id=${two.id}`]) {
            const { from: _, to: __, ...figures } = await ask(`?period=${period}${scope}`);
            seen.push([period, scope, figures]);
          }
        }
        return seen;
      };
      const counted = await all();
      await sumHours(server.deps);
      expect(await all()).toEqual(counted);
      // Nothing is read twice, and nothing is added up twice.
      await sumHours(server.deps);
      const added = await ownerQuery(
        server.deps.db,
        "select sum(messages)::int as messages from hour_figures where agent_id = any ($1)",
        [[one.id, two.id]],
      );
      expect(added).toEqual([{ messages: expect.toSatisfy((sum: number) => sum > 400) }]);

      const change = (text: string) => ownerQuery(server.deps.db, text, [[one.id, two.id]]);
      const old =
        "conversation_id in (select id from conversations where agent_id = any ($1) and created_at < now() - interval '5 hours')";
      await change(`update messages set status = 'complete' where ${old} and seq = 5 and ascii(id::text) % 2 = 0`);
      await change(`update messages set feedback = case feedback when 'up' then 'down' else 'up' end where ${old} and seq = 1`);
      await change(
        `update message_traces set trace = trace || '{"topic": "returns", "tokens": {"prompt": 7, "completion": 5}}'
          where message_id in (select id from messages where ${old} and seq = 5)`,
      );
      await change("delete from conversations where agent_id = any ($1) and ascii(id::text) % 5 = 0");
      const changed = await all();
      expect(changed).not.toEqual(counted);
      await ownerQuery(server.deps.db, "delete from hour_figures", []);
      await ownerQuery(server.deps.db, "update hour_figures_until set until = null", []);
      expect(await all()).toEqual(changed);
    });
  });
}
