import { randomUUID } from "node:crypto";
import { CompiledQuery } from "kysely";
import pg from "pg";
import type { UserActor } from "../api/db/actor.ts";
import type { Database } from "../api/db/database.ts";
import { apiConnectionString, openPostgres } from "../api/db/postgres.ts";
import type { ServiceContext } from "../api/services/context.ts";
import { createPostgresDatabase, sharedPostgres, TEST_JWT_SECRET } from "../tests/support/postgres.ts";
import { median, whole } from "./figures.ts";

const BATCH = 5000;
const DAYS = 60;

export interface LargeCompany {
  /** Three in four conversations are its. */
  agent: string;
  /** A member of the company, and an administrator, who sees another company with half as many conversations as well. */
  actors: [name: string, actor: UserActor][];
  contextOf(actor: UserActor): ServiceContext<UserActor>;
  /** Statements that `ask` sends are sent `rounds` times more as EXPLAIN (ANALYZE) under the same role. */
  time(actor: UserActor, rounds: number, ask: () => Promise<unknown>): Promise<Timed[]>;
  close(): Promise<void>;
}

interface Statement {
  text: string;
  values: unknown[];
}
const isSetting = ({ text }: Statement) => /set_config/.test(text);

/** Planning and execution of one statement. */
export interface Timed extends Statement {
  times: number[];
  plan: string;
}

export const medianOf = (timed: readonly Timed[]) => timed.reduce((sum, { times }) => sum + median(times), 0);
export const highestOf = (timed: readonly Timed[]) => timed.reduce((sum, { times }) => sum + Math.max(...times), 0);

/** Of 60 days. One conversation in 200 waits for a person, one in 100 is a person's, one in five is closed; replies have traces. */
export async function openLargeCompany(conversations: number, messages: number): Promise<LargeCompany> {
  const url = await createPostgresDatabase();
  const db = openPostgres(apiConnectionString(url, TEST_JWT_SECRET), 4, () => {});
  const [company, neighbour, agent, other, elsewhere, person, administrator] = Array.from({ length: 7 }, () => randomUUID());
  const startedAt = Date.now();
  const seed = new pg.Client({ connectionString: url });
  await seed.connect();
  await seed.query(`insert into clients (id, name) values ($1, 'Bench'), ($2, 'Neighbour')`, [company, neighbour]);
  for (const [id, role, client] of [
    [person, "client", company],
    [administrator, "admin", null],
  ]) {
    await seed.query(`insert into auth.users (id, email) values ($1, $2)`, [id, `${role}@example.test`]);
    await seed.query(`insert into profiles (id, role, client_id, name) values ($1, $2, $3, $2)`, [id, role, client]);
  }
  for (const [id, client] of [
    [agent, company],
    [other, company],
    [elsewhere, neighbour],
  ]) {
    await seed.query(
      `insert into agents (id, client_id, name, slug, system_prompt, status) values ($1::uuid, $2, 'Bench', $1::uuid::text, '', 'active')`,
      [id, client],
    );
  }
  const fill = async (client: string, agents: [string, string], count: number, colours: string) => {
    for (let from = 0; from < count; from += BATCH) {
      await seed.query(
        `with v as (
           insert into visitors (agent_id, client_id, name)
           select case when n % 4 = 3 then $2::uuid else $1::uuid end, $3, case when n % 3 = 0 then 'Visitor ' || n end
             from generate_series($5::int, $6::int - 1) n returning id, agent_id),
         numbered as (select id, agent_id, row_number() over () + $5::int as n from v),
         c as (
           insert into conversations (agent_id, client_id, visitor_id, status, owner, owner_id, owner_name, last_role, last_seq,
                                      last_rev, last_message_preview, source, has_operator, created_at, first_asked_at,
                                      first_answered_at, last_message_at)
           select agent_id, $3, id, case when n % 5 = 1 then 'closed' else 'open' end,
                  case when n % 100 = 0 then 'operator' else 'assistant' end, case when n % 100 = 0 then $4::uuid end,
                  case when n % 100 = 0 then 'client' end, case when n % 200 = 0 then 'visitor' else 'assistant' end, $7::int, $7::int,
                  'The last of the lines', (array['poster','website','mail',null])[1 + n % 4], n % 100 = 0, t.began_at, t.began_at,
                  t.began_at + interval '3 seconds', t.began_at + $7::int * interval '20 seconds'
             from numbered cross join lateral (
               select now() - n * ($8::int * interval '1 day') / $9::int - $7::int * interval '20 seconds' as began_at) t
           returning id, client_id, agent_id, owner_id, last_message_at),
         m as (
           insert into messages (conversation_id, client_id, seq, rev, role, sender_id, content, created_at, feedback)
           select c.id, c.client_id, s, s,
                  case when s % 2 = 1 then 'visitor' when s > 10 and c.owner_id is not null then 'operator' else 'assistant' end,
                  case when s % 2 = 0 and s > 10 then c.owner_id end,
                  'Where is my order number ' || abs(hashtext(c.id::text || s)) % 100000 || ' of the ' ||
                  ($10::text[])[1 + abs(hashtext(s || c.id::text)) % 5] || ' shoes, please? ' ||
                  case when abs(hashtext(c.id::text)) % 20000 = 7 and s = 3 then 'zebra' else 'thanks' end,
                  c.last_message_at - ($7 - s) * interval '20 seconds',
                  case when s % 2 = 0 and abs(hashtext(c.id::text || s)) % 20 = 0 then 'up' end
             from c, generate_series(1, $7::int) s returning id, conversation_id, client_id, role, created_at)
         insert into message_traces (message_id, client_id, agent_id, created_at, trace)
         select m.id, m.client_id, c.agent_id, m.created_at, jsonb_build_object(
                  'topic', (array['prices','delivery','returns','opening hours',null])[1 + abs(hashtext(m.id::text)) % 5],
                  'chosen', jsonb_build_object('kind', case when abs(hashtext(m.id::text)) % 5 = 4 then 'agent' else 'sub_agent' end),
                  'model', 'gpt-4o-mini', 'reason', repeat('words ', 40),
                  'tokens', jsonb_build_object('prompt', 900, 'completion', 120))
           from m join c on c.id = m.conversation_id where m.role = 'assistant'`,
        [...agents, client, person, from, Math.min(from + BATCH, count), messages, DAYS, count, `{${colours}}`],
      );
    }
  };
  await fill(company!, [agent!, other!], conversations, "blue,red,green,white,yellow");
  await fill(neighbour!, [elsewhere!, elsewhere!], Math.ceil(conversations / 2), "purple,purple,purple,purple,black");
  // As an hour's housekeeping would have done.
  while ((await seed.query<{ is_more: boolean }>("select renus.sum_hours() as is_more")).rows[0]!.is_more);
  await seed.query("vacuum analyze");
  await seed.end();
  console.error(
    `Seeded ${whole(conversations)} conversations with ${whole(conversations * messages)} messages, and half as many of another company, in ${whole((Date.now() - startedAt) / 1000)} s.`,
  );
  const sent = watchStatements();
  const actorOf = (user_id: string, role: "admin" | "client"): UserActor => ({
    kind: "user",
    user_id,
    role,
    client_id: role === "client" ? company! : null,
    email: `${role}@example.test`,
    name: role,
    session_id: null,
  });
  return {
    agent: agent!,
    actors: [
      ["person", actorOf(person!, "client")],
      ["administrator", actorOf(administrator!, "admin")],
    ],
    contextOf: (actor) => ({ actor, db, bus: { publish() {} } }) as unknown as ServiceContext<UserActor>,
    async time(actor, rounds, ask) {
      sent.length = 0;
      await ask();
      const settings = sent.filter(isSetting);
      const timed = sent
        .filter((statement) => !isSetting(statement))
        .map((statement): Timed => ({ ...statement, times: [], plan: "" }));
      for (let round = 0; round < rounds; round++) {
        for (const statement of timed) {
          statement.plan = await explain(db, actor, settings, statement);
          const found = [...statement.plan.matchAll(/^(?:Planning|Execution) Time: ([\d.]+)/gm)];
          statement.times.push(found.reduce((sum, [, ms]) => sum + Number(ms), 0));
        }
      }
      return timed;
    },
    async close() {
      await db.close();
      await (await sharedPostgres()).stop();
    },
  };
}

/** What services send from now on, to send it again as a question for its plan. */
function watchStatements(): Statement[] {
  const sent: Statement[] = [];
  const query = pg.Client.prototype.query as (...given: unknown[]) => unknown;
  pg.Client.prototype.query = function (this: pg.Client, ...given: unknown[]) {
    const [config, second] = given;
    const text = typeof config === "string" ? config : (config as { text: string }).text;
    const values = Array.isArray(second) ? second : ((config as { values?: unknown[] }).values ?? []);
    if (/^\s*(select|with)/i.test(text) && /conversations|message|hour_figures|set_config\('jit/.test(text))
      sent.push({ text, values });
    return query.apply(this, given);
  } as typeof pg.Client.prototype.query;
  return sent;
}

// Without the clock of each row: reading it costs more than what is measured.
async function explain(db: Database, actor: UserActor, settings: readonly Statement[], statement: Statement): Promise<string> {
  const found = await db.as(actor, async (trx) => {
    for (const { text, values } of settings) await trx.executeQuery(CompiledQuery.raw(text, values));
    return trx.executeQuery<Record<"QUERY PLAN", string>>(
      CompiledQuery.raw(`explain (analyze, buffers, timing off) ${statement.text}`, statement.values),
    );
  });
  return found.rows.map((row) => row["QUERY PLAN"]).join("\n");
}
