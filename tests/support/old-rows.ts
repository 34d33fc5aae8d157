import type { SqlSession } from "../../api/db/migrate.ts";

/** The product's data before agents existed: 12 sub-agents of every kind, with conversations and messages. */

export const oldId = (kind: "client" | "sub_agent" | "conversation" | "message", n: number) =>
  `${{ client: "c", sub_agent: "a", conversation: "e", message: "f" }[kind].repeat(8)}-0000-4000-8000-${String(n).padStart(12, "0")}`;

const [A, B] = [1, 2].map((n) => oldId("client", n));

interface OldSubAgent {
  client_id: string | null;
  name: string;
  slug: string | null;
  status: string;
  more?: Record<string, unknown>;
}

/** What stands at index n has the id `oldId("sub_agent", n + 1)`. */
export const OLD_SUB_AGENTS: readonly OldSubAgent[] = [
  {
    client_id: A!,
    name: "Published shop",
    slug: "shop",
    status: "active",
    more: {
      is_public: true,
      public_url: "https://old.example/a/shop",
      access_count: 41,
      config: { step_1_data: { niche: "shoes" } },
    },
  },
  { client_id: A!, name: "Draft", slug: "draft-one", status: "draft" },
  { client_id: A!, name: "Switched off", slug: "off", status: "inactive", more: { access_count: 3 } },
  { client_id: A!, name: "Old word for active", slug: "published", status: "published", more: { is_public: true } },
  { client_id: A!, name: "Odd status", slug: "odd", status: "archived 2024" },
  { client_id: A!, name: "No slug", slug: null, status: "active" },
  { client_id: B!, name: "Blank slug", slug: "  ", status: "draft" },
  {
    client_id: B!,
    name: "Другой — 日本語 'quoted' \"twice\" \\ $1",
    slug: "Upper-Case_Slug",
    status: "active",
    more: {
      model: "gpt-4o",
      channel: "web",
      template_type: "support",
      system_prompt: "Be 'kind'; drop table x; --",
      description: "…",
    },
  },
  { client_id: null, name: "Nobody's, never used", slug: "nobody", status: "active", more: { config: { kept: true } } },
  { client_id: null, name: "Nobody's, used by two", slug: "used", status: "active", more: { access_count: 9 } },
  {
    client_id: B!,
    name: "Deep config",
    slug: "deep",
    status: "draft",
    more: { config: { a: [1, { b: null }], ключ: "значение" } },
  },
  { client_id: A!, name: "Same name", slug: "same", status: "draft", more: { system_prompt: "" } },
];

/** [company, sub-agent or null, status, days after the first] */
export const OLD_CONVERSATIONS: readonly [client: number, subAgent: number | null, status: string, day: number][] = [
  [1, 1, "open", 0],
  [1, 1, "closed", 1],
  [1, 2, "active", 2],
  [1, 6, "resolved", 3],
  [2, 7, "open", 4],
  [2, 8, "open", 5],
  // Unowned; company 2 was served last.
  [1, 10, "open", 6],
  [2, 10, "open", 7],
  // Of another company than its sub-agent.
  [2, 1, "open", 8],
  [1, null, "open", 9],
];

const OLD_ROLES = ["user", "assistant", "agent", "system", "customer", "bot?"];

/** Into a database at the baseline. Every conversation n has n + 1 messages, two of them at the same instant. */
export async function loadOldRows(session: SqlSession): Promise<void> {
  for (const n of [1, 2])
    await session.query("insert into clients (id, name) values ($1, $2)", [oldId("client", n), `Company ${n}`]);
  for (const [i, row] of OLD_SUB_AGENTS.entries()) {
    const at = new Date(Date.UTC(2024, i, 2, 3, 4, 5)).toISOString().replace("Z", "678Z");
    const values: Record<string, unknown> = {
      id: oldId("sub_agent", i + 1),
      client_id: row.client_id,
      name: row.name,
      slug: row.slug,
      status: row.status,
      created_at: at,
      updated_at: at.replace("2024", "2025"),
      ...row.more,
      config: JSON.stringify(row.more?.["config"] ?? {}),
    };
    const names = Object.keys(values);
    await session.query(
      `insert into sub_agents (${names.join(", ")}) values (${names.map((_, n) => `$${n + 1}`).join(", ")})`,
      Object.values(values),
    );
  }
  let lastMessage = 0;
  for (const [i, [client, subAgent, status, day]] of OLD_CONVERSATIONS.entries()) {
    const at = (minutes: number) => new Date(Date.UTC(2025, 0, 1 + day, 10, minutes)).toISOString();
    await session.query(
      "insert into conversations (id, client_id, sub_agent_id, status, created_at, updated_at) values ($1, $2, $3, $4, $5, $6)",
      [oldId("conversation", i + 1), oldId("client", client), subAgent && oldId("sub_agent", subAgent), status, at(0), at(59)],
    );
    for (let n = 0; n <= i; n++) {
      await session.query("insert into messages (id, conversation_id, role, content, created_at) values ($1, $2, $3, $4, $5)", [
        oldId("message", ++lastMessage),
        oldId("conversation", i + 1),
        OLD_ROLES[n % OLD_ROLES.length],
        `message ${n} of conversation ${i + 1}`,
        // The last two share an instant: their order has to be decided all the same.
        at(Math.min(n, i - 1)),
      ]);
    }
  }
}
