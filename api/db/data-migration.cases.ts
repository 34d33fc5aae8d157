import { expect, test } from "vitest";
import { loadOldRows, OLD_CONVERSATIONS, OLD_SUB_AGENTS, oldId } from "../../tests/support/old-rows.ts";
import { migrate, type SqlSession } from "./migrate.ts";

const BASELINE = "20250601000000";

type Row = Record<string, unknown>;
// As JSON made by the database: drivers cut microseconds off.
const rowsOf = async (session: SqlSession, table: string) => {
  const rows = await session.query(`select to_jsonb(t) as row from ${table} t order by t.id`);
  return new Map(rows.map(({ row }) => [(row as Row)["id"] as string, row as Row]));
};

/** Every old row, before and after. `withFresh` lends a database with nothing in it. */
export function dataMigrationCases(withFresh: (use: (session: SqlSession) => Promise<void>) => Promise<void>): void {
  test("12 old sub-agents, their conversations and messages survive the move to agents", async () => {
    await withFresh(async (session) => {
      await migrate(session, null, { upTo: BASELINE });
      await loadOldRows(session);
      // Made by hand in the dashboard, as happens: it lets everybody in, and it needs the column that goes.
      await session.exec("create policy by_hand on sub_agents using (client_id is not null or true)");
      const old = {
        subAgents: await rowsOf(session, "sub_agents"),
        conversations: await rowsOf(session, "conversations"),
        messages: await rowsOf(session, "messages"),
      };
      expect([old.subAgents.size, old.conversations.size, old.messages.size]).toEqual([12, 10, 55]);

      await migrate(session, null);

      const agents = await rowsOf(session, "agents");
      const unowned = oldId("sub_agent", 9);
      expect([...agents.keys()]).toEqual([...old.subAgents.keys()].filter((id) => id !== unowned));
      for (const [id, agent] of agents) {
        const before = old.subAgents.get(id)!;
        const changed: Row = {};
        for (const name of Object.keys(agent))
          if (JSON.stringify(agent[name]) !== JSON.stringify(before[name])) changed[name] = agent[name];
        const expected: Record<string, Row> = {
          [oldId("sub_agent", 4)]: { status: "active" },
          [oldId("sub_agent", 5)]: { status: "inactive" },
          [oldId("sub_agent", 6)]: { slug: `agent-${oldId("sub_agent", 6)}` },
          [oldId("sub_agent", 7)]: { slug: `agent-${oldId("sub_agent", 7)}` },
          // The company it served last.
          [oldId("sub_agent", 10)]: { client_id: oldId("client", 2) },
        };
        expect(changed, String(before["name"])).toEqual(expected[id] ?? {});
      }

      // A secret of its own each, long enough for HS256.
      const secrets = await session.query(
        "select s.agent_id, s.identity_secret as secret from agent_secrets s join agents a on a.id = s.agent_id and a.client_id = s.client_id",
      );
      expect(secrets.map((row) => row["agent_id"]).sort()).toEqual([...agents.keys()].sort());
      expect(new Set(secrets.map((row) => row["secret"])).size).toBe(agents.size);
      for (const { secret } of secrets) expect(secret).toMatch(/^[\w-]{64}$/);

      const archived = await rowsOf(session, "sub_agents_unowned");
      expect([...archived.keys()]).toEqual([unowned]);
      expect(archived.get(unowned)!["data"]).toEqual(old.subAgents.get(unowned));
      expect((await rowsOf(session, "sub_agents")).size).toBe(0);

      const conversations = await rowsOf(session, "conversations");
      expect([...conversations.keys()]).toEqual([...old.conversations.keys()]);
      for (const [i, [, subAgent, status]] of OLD_CONVERSATIONS.entries()) {
        const id = oldId("conversation", i + 1);
        const [before, after] = [old.conversations.get(id)!, conversations.get(id)!];
        expect(after).toMatchObject({
          client_id: before["client_id"],
          created_at: before["created_at"],
          updated_at: before["updated_at"],
          agent_id: subAgent && oldId("sub_agent", subAgent),
          sub_agent_id: null,
          status: ["open", "active"].includes(status) ? "open" : "closed",
          owner: "assistant",
          last_seq: i + 1,
          last_rev: i + 1,
          last_message_preview: `message ${i} of conversation ${i + 1}`,
        });
      }

      const messages = await rowsOf(session, "messages");
      expect([...messages.keys()]).toEqual([...old.messages.keys()]);
      const roles = {
        user: "visitor",
        customer: "visitor",
        agent: "operator",
        assistant: "assistant",
        system: "system",
        "bot?": "system",
      };
      for (const [id, after] of messages) {
        const before = old.messages.get(id)!;
        expect(after).toMatchObject({
          ...before,
          role: roles[before["role"] as keyof typeof roles],
          status: "complete",
          updated_at: before["created_at"],
          client_id: conversations.get(before["conversation_id"] as string)!["client_id"],
          seq: Number(/^message (\d+)/.exec(before["content"] as string)![1]) + 1,
          rev: after["seq"],
        });
      }

      const policies = await session.query(
        "select policyname as name from pg_policies where policyname like 'Users can view own%'",
      );
      expect(policies).toEqual([]);

      // Nothing to do any more, and nothing changes.
      expect(await migrate(session, null)).toEqual([]);
      expect(await rowsOf(session, "agents")).toEqual(agents);
      expect(OLD_SUB_AGENTS).toHaveLength(12);
    });
  });

  test("the tables have the columns, indexes, policies and triggers of the design", async () => {
    await withFresh(async (session) => {
      await migrate(session, null);
      const names = async (sqlText: string) => (await session.query(sqlText)).map((row) => String(Object.values(row)[0]));
      expect(await names("select indexname from pg_indexes where tablename = 'agents'")).toEqual(
        expect.arrayContaining(["idx_agents_client_id", "idx_agents_status", "idx_agents_slug", "idx_agents_is_public"]),
      );
      const subAgentIndexes = await names("select indexname from pg_indexes where tablename = 'sub_agents'");
      expect(subAgentIndexes).toContain("idx_sub_agents_agent_id");
      expect(subAgentIndexes).not.toContain("idx_sub_agents_client_id");
      expect(await names("select policyname from pg_policies where tablename = 'agents'")).toEqual(
        expect.arrayContaining(["Admins have full access to agents", "Clients can view own agents"]),
      );
      expect(await names("select policyname from pg_policies where tablename = 'sub_agents'")).toContain(
        "Users can view sub_agents of their agents",
      );
      expect(await names("select tgname from pg_trigger where tgrelid = 'agents'::regclass and not tgisinternal")).toContain(
        "update_agents_updated_at",
      );
      const columns = await session.query(
        `select column_name as name, data_type as type, is_nullable = 'YES' as is_optional, column_default as "default"
           from information_schema.columns where table_schema = 'public' and table_name = 'agents' order by ordinal_position`,
      );
      expect(columns.map(({ name, type, is_optional, default: value }) => [name, type, is_optional, value])).toEqual([
        ["id", "uuid", false, "gen_random_uuid()"],
        ["client_id", "uuid", false, null],
        ["name", "text", false, null],
        ["description", "text", true, null],
        ["slug", "text", false, null],
        ["model", "text", false, "'gpt-4o-mini'::text"],
        ["system_prompt", "text", false, null],
        ["channel", "text", false, "'whatsapp'::text"],
        ["template_type", "text", true, null],
        ["status", "text", false, "'draft'::text"],
        ["is_public", "boolean", false, "false"],
        ["public_url", "text", true, null],
        ["config", "jsonb", false, "'{}'::jsonb"],
        ["access_count", "integer", false, "0"],
        ["created_at", "timestamp with time zone", false, "now()"],
        ["updated_at", "timestamp with time zone", false, "now()"],
      ]);
    });
  });

  test("an index built concurrently is a migration of its own; a failing file changes nothing and is named", async () => {
    await withFresh(async (session) => {
      const table = { version: "20990101000000", name: "table", sql: "create table public.thing (id int);" };
      const index = {
        version: "20990101000001",
        name: "index",
        sql: "-- Large table.\ncreate index concurrently idx_thing_id on public.thing (id);\n",
      };
      const broken = { version: "20990101000002", name: "broken", sql: "create table public.half (id int); select 1/0;" };
      expect(await migrate(session, null, { upTo: index.version, migrations: [table, index] })).toEqual([
        table.version,
        index.version,
      ]);
      expect(await session.query("select indisvalid from pg_index where indexrelid = 'idx_thing_id'::regclass")).toEqual([
        { indisvalid: true },
      ]);
      await expect(migrate(session, null, { upTo: broken.version, migrations: [table, index, broken] })).rejects.toThrow(
        "Migration 20990101000002_broken failed: division by zero",
      );
      expect(await session.query("select to_regclass('public.half') as half")).toEqual([{ half: null }]);
      const mended = { ...broken, sql: "create table public.half (id int);" };
      expect(await migrate(session, null, { upTo: broken.version, migrations: [table, index, mended] })).toEqual([
        broken.version,
      ]);
    });
  });
}
