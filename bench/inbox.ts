import { randomUUID } from "node:crypto";
import { CompiledQuery } from "kysely";
import pg from "pg";
import type { UserActor } from "../api/db/actor.ts";
import { apiConnectionString, openPostgres } from "../api/db/postgres.ts";
import { countConversations } from "../api/services/conversations/count-conversations.ts";
import { listConversations } from "../api/services/conversations/list-conversations.ts";
import type { ServiceContext } from "../api/services/context.ts";
import { listMessages } from "../api/services/messages/list-messages.ts";
import { conversationListQuery, messageListQuery } from "../protocol/requests.ts";
import { createPostgresDatabase, sharedPostgres, TEST_JWT_SECRET } from "../tests/support/postgres.ts";
import { median, numberOption, printTable, tenths, whole } from "./figures.ts";

/**
 * Database time of what the inbox asks for, in a company with many conversations: the queries of the services themselves,
 * repeated under the caller's role as EXPLAIN (ANALYZE, BUFFERS). `--conversations=50000 --messages=20 --rounds=5`
 */

const conversations = numberOption("conversations", 50_000);
const messages = numberOption("messages", 20);
const rounds = numberOption("rounds", 5);
const LIMIT_MS = 100;
const BATCH = 5000;

const url = await createPostgresDatabase();
const owner = new pg.Client({ connectionString: url });
await owner.connect();
const db = openPostgres(apiConnectionString(url, TEST_JWT_SECRET), 4, () => {});
const [company, agent, person, administrator] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];

const startedAt = Date.now();
const seed = new pg.Client({ connectionString: url });
await seed.connect();
await seed.query(`insert into clients (id, name) values ($1, 'Bench')`, [company]);
for (const [id, role] of [
  [person, "client"],
  [administrator, "admin"],
]) {
  await seed.query(`insert into auth.users (id, email) values ($1, $2)`, [id, `${role}@example.test`]);
  await seed.query(`insert into profiles (id, role, client_id, name) values ($1, $2, $3, $2)`, [
    id,
    role,
    role === "client" ? company : null,
  ]);
}
await seed.query(
  `insert into agents (id, client_id, name, slug, system_prompt, status) values ($1, $2, 'Bench', 'bench', '', 'active')`,
  [agent, company],
);
for (let from = 0; from < conversations; from += BATCH) {
  const to = Math.min(from + BATCH, conversations);
  // One in 200 waits for the person, one in 100 is theirs, one in five is closed.
  await seed.query(
    `with v as (
       insert into visitors (agent_id, client_id, name)
       select $1, $2, case when n % 3 = 0 then 'Visitor ' || n end from generate_series($4::int, $5::int - 1) n returning id),
     numbered as (select id, row_number() over () + $4::int as n from v),
     c as (
       insert into conversations (agent_id, client_id, visitor_id, status, owner, owner_id, owner_name, last_role, last_seq, last_rev,
                                  last_message_preview, last_message_at)
       select $1, $2, id, case when n % 5 = 1 then 'closed' else 'open' end,
              case when n % 100 = 0 then 'operator' else 'assistant' end, case when n % 100 = 0 then $3::uuid end,
              case when n % 100 = 0 then 'client' end, case when n % 200 = 0 then 'visitor' else 'assistant' end, $6, $6,
              'The last of the lines', now() - n * interval '1 minute'
         from numbered returning id, client_id, last_message_at)
     insert into messages (conversation_id, client_id, seq, rev, role, content, created_at)
     select c.id, c.client_id, s, s, case when s % 2 = 1 then 'visitor' else 'assistant' end,
            'Where is my order number ' || abs(hashtext(c.id::text || s)) % 100000 || ' of the ' ||
            (array['blue','red','green','white','yellow'])[1 + abs(hashtext(s || c.id::text)) % 5] || ' shoes, please? ' ||
            case when abs(hashtext(c.id::text)) % 20000 = 7 and s = 3 then 'zebra' else 'thanks' end,
            c.last_message_at - ($6 - s) * interval '20 seconds'
       from c, generate_series(1, $6) s`,
    [agent, company, person, from, to, messages],
  );
}
await seed.query("analyze");
await seed.end();
console.error(
  `Seeded ${whole(conversations)} conversations with ${whole(conversations * messages)} messages in ${whole((Date.now() - startedAt) / 1000)} s.`,
);

const actorOf = (user_id: string, role: "admin" | "client"): UserActor => ({
  kind: "user",
  user_id,
  role,
  client_id: role === "client" ? company : null,
  email: `${role}@example.test`,
  name: role,
  session_id: null,
});
const contextOf = (actor: UserActor) => ({ actor, db, bus: { publish() {} } }) as unknown as ServiceContext<UserActor>;

/** What the services send, to send it again as a question for its plan. */
const sent: { text: string; values: unknown[] }[] = [];
const query = pg.Client.prototype.query as (...given: unknown[]) => unknown;
pg.Client.prototype.query = function (this: pg.Client, ...given: unknown[]) {
  const [config, second] = given;
  const text = typeof config === "string" ? config : (config as { text: string }).text;
  const values = Array.isArray(second) ? second : ((config as { values?: unknown[] }).values ?? []);
  if (/^\s*select/i.test(text) && /conversations|messages/.test(text)) sent.push({ text, values });
  return query.apply(this, given);
} as typeof pg.Client.prototype.query;

const list = (more: Record<string, string>) => (ctx: ServiceContext<UserActor>) =>
  listConversations(ctx, conversationListQuery.parse({ has_messages: "true", limit: "30", ...more }));
let some = "";
const questions: [string, (ctx: ServiceContext<UserActor>) => Promise<unknown>][] = [
  ["first page, open", list({ status: "open" })],
  ["closed", list({ status: "closed" })],
  ["waiting for a person", list({ status: "open", waiting: "true" })],
  ["my own", list({ status: "open", owner: "me" })],
  ["of one agent", list({ status: "open", agent_id: agent })],
  ["search, a rare word", list({ status: "open", q: "zebra" })],
  ["search, a word in a fifth of the messages", list({ status: "open", q: "blue" })],
  ["search, in all of them", list({ status: "open", q: "order num" })],
  [
    "the page after the 40th",
    async (ctx) => {
      let cursor: string | null = null;
      for (let page = 0; page < 40; page++) {
        sent.length = 0;
        cursor = (await list(cursor ? { status: "open", cursor } : { status: "open" })(ctx)).next_cursor;
      }
    },
  ],
  ["counts", (ctx) => countConversations(ctx, {})],
  ["newest messages of a thread", (ctx) => listMessages(ctx, { ...messageListQuery.parse({}), conversation_id: some })],
];

const rows: string[][] = [];
const slow: string[] = [];
for (const [who, role] of [
  [person, "client"],
  [administrator, "admin"],
] as const) {
  const actor = actorOf(who, role);
  const ctx = contextOf(actor);
  some ||= (await list({})(ctx)).data[0]!.id;
  for (const [name, ask] of questions) {
    sent.length = 0;
    await ask(ctx);
    const asked = [...sent];
    const times: number[] = [];
    let plan = "";
    for (let round = 0; round < rounds; round++) {
      let ms = 0;
      for (const { text, values } of asked) {
        const found = await db.as(actor, (trx) =>
          trx.executeQuery<Record<"QUERY PLAN", string>>(CompiledQuery.raw(`explain (analyze, buffers) ${text}`, values)),
        );
        const lines = found.rows.map((row) => row["QUERY PLAN"]);
        ms +=
          Number(/Execution Time: ([\d.]+)/.exec(lines.at(-1)!)![1]) +
          Number(/Planning Time: ([\d.]+)/.exec(lines.join("\n"))![1]);
        plan = lines.join("\n");
      }
      times.push(ms);
    }
    const ms = median(times);
    rows.push([`${role === "admin" ? "administrator" : "person"}: ${name}`, tenths(ms), tenths(Math.max(...times))]);
    if (ms > LIMIT_MS) slow.push(`${role}: ${name}\n${plan}`);
  }
}
printTable(["planning and execution, ms", "median", "highest"], rows);
await db.close();
await owner.end();
await (await sharedPostgres()).stop();
if (slow.length > 0) {
  console.error(`\nOver ${LIMIT_MS} ms:\n\n${slow.join("\n\n")}`);
  process.exitCode = 1;
}
