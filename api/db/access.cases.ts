import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ACCESS_ROWS, id } from "../../tests/support/access-rows.ts";
import type { SqlSession } from "./migrate.ts";

/** Tried for real, table by table, and written down beside the migrations for people to judge. UPDATE_GOLDEN=1 writes it anew. */
const GOLDEN = new URL("../../supabase/access.golden.txt", import.meta.url);

/** As the API's session takes on a role; `anon` is who asks Supabase's own HTTP interface without signing in. */
const claims = (role: string, sub?: string) =>
  `set local session authorization renus_api; select set_config('role', '${role}', true), set_config('request.jwt.claims', '${JSON.stringify({ role, sub })}', true);`;
const SUBJECTS: Readonly<Record<string, string>> = {
  anon: "set local role anon;",
  "no role": "set local session authorization renus_api;",
  service: claims("service_role"),
  admin: claims("authenticated", id("ad", "user")),
  "person a1": claims("authenticated", id("a1", "user")),
  "person b1": claims("authenticated", id("b1", "user")),
  "no profile": claims("authenticated", id("no", "user")),
  "key a1": claims("authenticated", id("a1", "apik")),
  "key of all": claims("authenticated", id("all", "apik")),
  "visitor a1": claims("renus_visitor", id("a1", "visi")),
  "visitor b1": claims("renus_visitor", id("b1", "visi")),
  // A visitor's role with a person's id: neither may pass for the other.
  "visitor = person a1": claims("renus_visitor", id("a1", "user")),
};

export async function loadAccessRows(session: SqlSession): Promise<void> {
  for (const [table, { rows }] of Object.entries(ACCESS_ROWS)) {
    for (const row of Object.values(rows)) {
      const [text, values] = insert(table, row);
      // Some rows come by themselves with others.
      await session.query(`${text} on conflict do nothing`, values);
    }
  }
}

function insert(table: string, row: Record<string, unknown>): [string, unknown[]] {
  const names = Object.keys(row);
  return [
    `insert into ${table} (${names.join(", ")}) values (${names.map((_, i) => `$${i + 1}`).join(", ")})`,
    Object.values(row),
  ];
}

const DENIED = /permission denied|row-level security/;

/** Runs one statement as somebody and takes it back. Null: refused. */
async function attempt(session: SqlSession, subject: string, statement: string, params: unknown[] = []) {
  await session.exec(`begin; ${SUBJECTS[subject]!}`);
  try {
    return await session.query(statement, params);
  } catch (err) {
    if (!DENIED.test((err as Error).message)) throw err;
    return null;
  } finally {
    await session.exec("rollback");
  }
}

async function matrixOf(session: SqlSession, table: string): Promise<string> {
  const { key, rows, fresh } = ACCESS_ROWS[table]!;
  const columns = (
    await session.query(
      "select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum",
      [table],
    )
  ).map((row) => String(row["name"]));
  const labelOf = (found: Record<string, unknown>) => {
    const label = Object.keys(rows).find((each) => key.every((name) => rows[each]![name] === found[name]));
    // Otherwise the matrix would be blind to whatever this row is.
    if (!label) throw new Error(`A row of ${table} is not known here: ${JSON.stringify(found)}`);
    return label;
  };
  const touched = (found: Record<string, unknown>[] | null) =>
    Object.keys(rows)
      .filter((label) => (found ?? []).map(labelOf).includes(label))
      .join(" ");
  // As text: drivers read some types as objects.
  const keys = key.map((name) => `${name}::text as ${name}`).join(", ");

  const lines: string[] = [];
  for (const subject of Object.keys(SUBJECTS)) {
    const select = touched(await attempt(session, subject, `select ${keys} from ${table}`));
    const inserted: string[] = [];
    for (const [label, row] of Object.entries(fresh))
      if (await attempt(session, subject, ...insert(table, row))) inserted.push(label);
    const byReach = new Map<string, string[]>();
    for (const column of columns) {
      const reach = touched(await attempt(session, subject, `update ${table} set ${column} = ${column} returning ${keys}`));
      if (reach) byReach.set(reach, [...(byReach.get(reach) ?? []), column]);
    }
    const update = [...byReach].map(
      ([reach, names]) => `${reach} (${names.length === columns.length ? "every column" : names.join(", ")})`,
    );
    const removed = touched(await attempt(session, subject, `delete from ${table} returning ${keys}`));
    const parts = { select, insert: inserted.join(" "), update: update.join("; "), delete: removed };
    const words = Object.entries(parts).flatMap(([verb, reach]) => (reach ? [`    ${verb} ${reach}`] : []));
    lines.push(`  ${subject}${words.length > 0 ? "" : ": nothing"}`, ...words);
  }
  return `${table}\n${lines.join("\n")}\n`;
}

/** `session` is a superuser's, on a migrated database without rows. */
export function accessCases(open: () => Promise<SqlSession>): void {
  let opened: Promise<SqlSession> | null = null;
  const ready = () =>
    (opened ??= open().then(async (session) => {
      await loadAccessRows(session);
      return session;
    }));

  test("every table is in the matrix", async () => {
    const session = await ready();
    const tables =
      await session.query(`select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname in ('public', 'auth') and c.relkind in ('r', 'p', 'v', 'm', 'f') order by 1`);
    expect(tables.map((row) => row["name"])).toEqual(Object.keys(ACCESS_ROWS).sort());
  });

  test("table × role × verb is exactly what is written in supabase/access.golden.txt", async () => {
    const session = await ready();
    const parts: string[] = [];
    for (const table of Object.keys(ACCESS_ROWS)) parts.push(await matrixOf(session, table));
    const text = parts.join("\n");
    if (process.env["UPDATE_GOLDEN"]) writeFileSync(GOLDEN, text);
    expect(text).toBe(readFileSync(GOLDEN, "utf8"));
  });

  test("every table has row-level security and policies, and who may change a row may read it", async () => {
    const session = await ready();
    const tables = `select c.oid, n.nspname || '.' || c.relname as name, c.relrowsecurity from pg_class c
      join pg_namespace n on n.oid = c.relnamespace where n.nspname in ('public', 'auth') and c.relkind = 'r'`;
    expect(
      await session.query(`select name from (${tables}) t where not relrowsecurity
        or not exists (select from pg_policy p where p.polrelid = t.oid)`),
    ).toEqual([]);
    // The matrix asks with RETURNING, which needs the right to read.
    expect(
      await session.query(`select name, rolname from (${tables}) t cross join pg_roles r
        where rolname in ('anon', 'authenticated', 'service_role', 'renus_visitor', 'renus_api')
          and (has_any_column_privilege(r.oid, t.oid, 'update') or has_table_privilege(r.oid, t.oid, 'delete'))
          and not has_table_privilege(r.oid, t.oid, 'select')`),
    ).toEqual([]);
    expect(
      await session.query(`select name, rolname from (${tables}) t cross join pg_roles r
        where rolname in ('anon', 'authenticated', 'service_role', 'renus_visitor', 'renus_api')
          and has_table_privilege(r.oid, t.oid, 'truncate, references, trigger')`),
    ).toEqual([]);
  });

  test("every column of a foreign key and every column that a policy compares has an index", async () => {
    const session = await ready();
    const missing = await session.query(`
      with wanted as (
        select conrelid as table_id, conkey[1] as column_number from pg_constraint where contype = 'f'
        union
        select p.polrelid, a.attnum from pg_policy p join pg_attribute a on a.attrelid = p.polrelid
         where a.attname in ('id', 'client_id', 'agent_id', 'visitor_id', 'conversation_id')
           and concat(pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)) ~ ('\\m' || a.attname || '\\M'))
      select table_id::regclass::text as table_name, attname as column_name
        from wanted join pg_attribute a on a.attrelid = table_id and a.attnum = column_number
       where table_id in (select oid from pg_class where relnamespace in ('public'::regnamespace, 'auth'::regnamespace))
         and not exists (select from pg_index i where i.indrelid = table_id and i.indkey[0] = column_number and i.indpred is null)`);
    expect(missing).toEqual([]);
  });

  test("the login role has no rights of its own and finds no way to more", async () => {
    const session = await ready();
    expect(
      await session.query(`select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolinherit, rolreplication
        from pg_roles where rolname = 'renus_api'`),
    ).toEqual([
      {
        rolsuper: false,
        rolbypassrls: false,
        rolcreaterole: false,
        rolcreatedb: false,
        rolinherit: false,
        rolreplication: false,
      },
    ]);
    expect(
      await session.query(`select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('public', 'auth', 'renus', 'supabase_migrations') and c.relkind in ('r', 'v', 'S')
          and (has_table_privilege('renus_api', c.oid, 'select') or has_any_column_privilege('renus_api', c.oid, 'select, insert, update'))`),
    ).toEqual([]);
    expect(
      await session.query(`select p.oid::regprocedure::text as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where n.nspname in ('renus') and has_function_privilege('renus_api', p.oid, 'execute')
          and p.prorettype <> 'trigger'::regtype order by 1`),
      "the functions that take on a role themselves",
    ).toEqual(
      [
        "renus.claim_replies(text,integer,double precision,integer)",
        "renus.count_points(jsonb)",
        "renus.end_reply(uuid,uuid,integer,integer,uuid,text,text,integer,text,jsonb,uuid,text,uuid)",
        "renus.post_messages(jsonb,boolean,text,integer,double precision,integer)",
        "renus.post_visitor_messages(jsonb,boolean)",
        "renus.reserve_model_call(uuid,uuid,uuid,bigint,bigint,jsonb,double precision)",
        "renus.save_replies(jsonb)",
        "renus.settle_model_call(uuid,bigint,bigint,boolean)",
        "renus.start_reply(uuid,uuid,integer,integer,uuid,text,uuid,integer,jsonb,text,text)",
      ].map((name) => ({ name })),
    );
    for (const escape of ["reset role", "set local role none", "set local role renus_api"]) {
      await session.exec(`begin; ${SUBJECTS["service"]!} ${escape};`);
      await expect(session.query("select count(*) from public.agents"), escape).rejects.toThrow("permission denied");
      await session.exec("rollback");
    }
    for (const role of ["postgres", "renus_owner"]) {
      await session.exec(`begin; ${SUBJECTS["no role"]!}`);
      await expect(session.query(`set local role ${role}`)).rejects.toThrow(/permission denied|does not exist/);
      await session.exec("rollback");
    }
  });

  const steal: [who: string, what: string, statement: string][] = [
    ["visitor a1", "take a conversation over", `update conversations set owner = 'operator'`],
    ["visitor a1", "raise the owner's epoch", `update conversations set owner_epoch = 9`],
    ["visitor a1", "give a conversation to another visitor", `update conversations set visitor_id = '${id("b1", "visi")}'`],
    ["visitor a1", "move a conversation to another company", `update conversations set client_id = '${id("b1", "clie")}'`],
    ["visitor a1", "close a conversation", `update conversations set status = 'closed'`],
    ["visitor a1", "change a message", `update messages set content = 'x'`],
    [
      "visitor a1",
      "change a reply beside rating it",
      `update messages set feedback = 'up', content = 'x' where role = 'assistant'`,
    ],
    ["visitor a1", "choose the rev of a rating", `update messages set feedback = 'up', rev = 99 where role = 'assistant'`],
    ["visitor a1", "change how a reply ended", `update messages set status = 'failed' where role = 'assistant'`],
    ["visitor a1", "write what their page says past the server", `update conversations set meta = '{"plan": "gold"}'`],
    ["visitor a1", "pass for somebody of the site", `update visitors set external_id = '1', is_verified = true`],
    ["visitor a1", "read the secret of identities", `select identity_secret from agent_secrets`],
    ["visitor a1", "read a prompt", `select system_prompt from agents`],
    ["visitor a1", "read a specialist's prompt", `select system_prompt from sub_agents`],
    ["visitor a1", "read why an answer was given", `select trace from message_traces`],
    ["visitor a1", "point the worker at a message", `update reply_jobs set message_id = '${id("b1", "repl")}'`],
    [
      "visitor a1",
      "order a reply over a message",
      `insert into reply_jobs (conversation_id, client_id, up_to_seq, owner_epoch, message_id)
      values ('${id("a2", "conv")}', '${id("a1", "clie")}', 1, 0, '${id("b1", "repl")}')`,
    ],
    ["visitor a1", "move a mark to another conversation", `update participants set conversation_id = '${id("b1", "conv")}'`],
    ["visitor a1", "speak as the assistant", says("a1", "a1", "assistant", id("a1", "visi"))],
    ["visitor a1", "speak as an operator", says("a1", "a1", "operator", id("a1", "visi"))],
    ["visitor a1", "speak as somebody else", says("a1", "a1", "visitor", id("a2", "visi"))],
    ["visitor a1", "write to a visitor of the same company", says("a2", "a1", "visitor", id("a1", "visi"))],
    ["visitor a1", "write to a visitor of another company", says("b1", "b1", "visitor", id("a1", "visi"))],
    ["visitor a1", "write under another company", says("a1", "b1", "visitor", id("a1", "visi"))],
    [
      "visitor a1",
      "choose a message's id",
      `insert into messages (id, conversation_id, client_id, seq, rev, role, content, sender_id)
      values (gen_random_uuid(), '${id("a1", "conv")}', '${id("a1", "clie")}', 9, 9, 'visitor', 'x', '${id("a1", "visi")}')`,
    ],
    ["person a1", "promote themselves", `insert into profiles (id, role) values ('${id("no", "user")}', 'admin')`],
    [
      "person a1",
      "move an agent to another company",
      `update agents set client_id = '${id("b1", "clie")}' where id = '${id("a1", "agen")}'`,
    ],
    ["person a1", "move a sub-agent to another company", `update sub_agents set agent_id = '${id("b1", "agen")}'`],
    ["person a1", "move a conversation to another company", `update conversations set client_id = '${id("b1", "clie")}'`],
    [
      "person a1",
      "move a reply to another company's conversation",
      `update messages set conversation_id = '${id("b1", "conv")}' where role = 'assistant'`,
    ],
    ["person a1", "write to another company's visitor", says("b1", "a1", "operator", id("a1", "user"))],
    ["person a1", "speak as the assistant", says("a1", "a1", "assistant", id("a1", "user"))],
    ["person a1", "speak as a colleague", says("a1", "a1", "operator", id("a2", "user"))],
    ["person a1", "speak as the visitor", says("a1", "a1", "visitor", id("a1", "visi"))],
    [
      "person a1",
      "order a reply in another company",
      `insert into reply_jobs (conversation_id, client_id, up_to_seq, owner_epoch)
      values ('${id("b1", "conv")}', '${id("a1", "clie")}', 1, 0)`,
    ],
    ["person a1", "rate a reply in the visitor's name", `update messages set feedback = 'up' where role = 'assistant'`],
    ["person a1", "give a secret to another agent", `update agent_secrets set agent_id = '${id("a2", "agen")}'`],
    ["person a1", "verify a visitor", `update visitors set is_verified = true`],
    ["person a1", "see how others sign in", `select encrypted_password from auth.users`],
    ["key a1", "make a key", `insert into api_keys (name, prefix, key_hash, scopes) values ('x', 'x', 'x', '{read}')`],
    ["key of all", "make a key", `insert into api_keys (name, prefix, key_hash, scopes) values ('x', 'x', 'x', '{read}')`],
    ["key of all", "make an administrator", `insert into profiles (id, role) values ('${id("no", "user")}', 'admin')`],
    ["person a1", "make a key", `insert into api_keys (name, prefix, key_hash, scopes) values ('x', 'x', 'x', '{read}')`],
    ["key of all", "give itself more rights", `update api_keys set scopes = '{read,agents:write}'`],
    ["no profile", "make themselves an administrator", `insert into profiles (id, role) values ('${id("no", "user")}', 'admin')`],
  ];
  test.each(steal)("%s cannot %s", async (who, _, statement) => {
    expect(await attempt(await ready(), who, statement)).toBeNull();
  });

  test("a visitor may rate a reply that has ended, which takes the next rev by itself, and only the rating changes", async () => {
    const session = await ready();
    await session.exec(`begin; update conversations set last_rev = 3; ${SUBJECTS["visitor a1"]!}`);
    try {
      const changed = await session.query(`update messages set feedback = 'down' where role = 'assistant'
        returning id, content, status, rev, feedback`);
      expect(changed).toEqual([{ id: id("a1", "repl"), content: "reply", status: "complete", rev: 4, feedback: "down" }]);
      expect(await session.query("select last_rev from conversations")).toEqual([{ last_rev: 4 }]);
      await session.query(`update messages set feedback = 'down' where role = 'assistant'`);
      expect(await session.query("select last_rev from conversations")).toEqual([{ last_rev: 4 }]);
      await expect(session.query(`update messages set feedback = 'great' where role = 'assistant'`)).rejects.toThrow(
        "messages_feedback_check",
      );
    } finally {
      await session.exec("rollback");
    }
  });

  test("nobody rates a reply that is being written or has failed", async () => {
    const session = await ready();
    for (const status of ["streaming", "failed"]) {
      await session.exec(`begin; update messages set status = '${status}' where role = 'assistant'; ${SUBJECTS["visitor a1"]!}`);
      const rated = await session.query(`update messages set feedback = 'up' where role = 'assistant' returning id`);
      const [answer] = await session.query(
        `select (r.message).id, r.changed from renus.rate_message('${id("a1", "repl")}', 'up') r`,
      );
      await session.exec("rollback");
      expect(rated, status).toEqual([]);
      expect(answer, status).toEqual({ id: null, changed: false });
    }
  });

  // Refused in silence: the rows do not exist for them.
  const nothing: [who: string, what: string, statement: string][] = [
    ["person a1", "promote themselves", `update profiles set role = 'admin' returning id`],
    ["key of all", "make an administrator of somebody", `update profiles set role = 'admin' returning id`],
    ["key of all", "see other keys", `select id from api_keys`],
    ["person a1", "leave for another company", `update profiles set client_id = '${id("b1", "clie")}' returning id`],
    ["person a1", "rename the company", `update clients set name = 'x' returning id`],
    ["person a1", "change what a visitor wrote", `update messages set content = 'x' where role = 'visitor' returning id`],
    [
      "person a1",
      "change another company's reply",
      `update messages set content = 'x' where client_id = '${id("b1", "clie")}' returning id`,
    ],
    [
      "visitor a1",
      "count up another's messages",
      `update conversations set last_seq = 9 where id = '${id("a2", "conv")}' returning id`,
    ],
    [
      "person a1",
      "change another company's secret",
      `update agent_secrets set identity_secret = 'x' where agent_id = '${id("b1", "agen")}' returning agent_id`,
    ],
    ["person a1", "read another company's secret", `select agent_id from agent_secrets where agent_id = '${id("b1", "agen")}'`],
    ["no profile", "read any secret", `select agent_id from agent_secrets`],
    ["visitor a1", "rate another's reply", `update messages set feedback = 'up' where id = '${id("b1", "repl")}' returning id`],
    ["visitor a1", "rate what they wrote", `update messages set feedback = 'up' where role = 'visitor' returning id`],
    ["visitor a1", "rate what an operator wrote", `update messages set feedback = 'up' where role = 'operator' returning id`],
  ];
  test.each(nothing)("%s cannot %s, and learns nothing", async (who, _, statement) => {
    expect(await attempt(await ready(), who, statement)).toEqual([]);
  });
}

function says(conversation: string, company: string, role: string, sender: string): string {
  return `insert into messages (conversation_id, client_id, seq, rev, role, content, sender_id)
    values ('${id(conversation, "conv")}', '${id(company, "clie")}', 9, 9, '${role}', 'x', '${sender}')`;
}
