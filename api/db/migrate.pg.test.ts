import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { createPostgresDatabase, sharedPostgres, startPostgres, TEST_JWT_SECRET } from "../../tests/support/postgres.ts";
import { SYSTEM } from "./actor.ts";
import { migrate, readMigrations, type Migration } from "./migrate.ts";
import { apiConnectionString, apiRolePassword, openPostgres, withOwnerSession } from "./postgres.ts";

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

const PASSWORD = apiRolePassword(TEST_JWT_SECRET);
const versions = readMigrations().map((migration) => migration.version);
const applied = (url: string) =>
  withOwnerSession(url, async (session) =>
    (await session.query("select version from supabase_migrations.schema_migrations order by 1")).map((row) => row["version"]),
  );

/** A process of its own that migrates and prints what it applied. */
async function migrateElsewhere(url: string): Promise<string[]> {
  const script = `const { migrate } = await import(${JSON.stringify(new URL("./migrate.ts", import.meta.url).href)});
    const { withOwnerSession } = await import(${JSON.stringify(new URL("./postgres.ts", import.meta.url).href)});
    console.log(JSON.stringify(await withOwnerSession(process.argv[1], (session) => migrate(session, process.argv[2]))));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script, url, PASSWORD], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
  const [code] = (await once(child, "close")) as [number];
  expect(code).toBe(0);
  return JSON.parse(output) as string[];
}

test("three processes that start at once on an empty database apply each migration once", async () => {
  const url = await createPostgresDatabase({ isMigrated: false });
  const results = await Promise.all([migrateElsewhere(url), migrateElsewhere(url), migrateElsewhere(url)]);
  expect(results.flat().sort()).toEqual(versions);
  expect(await applied(url)).toEqual(versions);
});

test("two databases of one server may be migrated at once, though they share the roles", async () => {
  const urls = await Promise.all([1, 2, 3].map(() => createPostgresDatabase({ isMigrated: false })));
  await Promise.all(urls.map((url) => withOwnerSession(url, (session) => migrate(session, PASSWORD))));
  for (const url of urls) expect(await applied(url)).toEqual(versions);
});

test("an index built concurrently does not wait for a starter that waits for the lock", async () => {
  const url = await createPostgresDatabase();
  const more: Migration[] = [
    { version: "20990101000000", name: "table", sql: "create table public.thing as select generate_series(1, 200000) as id;" },
    { version: "20990101000001", name: "index", sql: "create index concurrently idx_thing_id on public.thing (id);" },
  ];
  const migrations = [...readMigrations(), ...more];
  const results = await Promise.all(
    [1, 2, 3].map(() => withOwnerSession(url, (session) => migrate(session, PASSWORD, { migrations }))),
  );
  expect(results.flat()).toEqual(more.map((migration) => migration.version));
});

test("a login role that was made too strong is refused", async () => {
  const server = await startPostgres();
  cleanUps.push(() => server.stop());
  await withOwnerSession(server.superUrl("postgres"), (session) => session.exec("alter role renus_api bypassrls"));
  await expect(withOwnerSession(server.superUrl("renus_template"), (session) => migrate(session, PASSWORD))).rejects.toThrow(
    "must not be a superuser",
  );
});

/** What a Supabase project brings along, as far as migrations and policies can notice it. */
const SUPABASE = `
  create role supabase_auth_admin login noinherit createrole;
  create role anon nologin noinherit;
  create role authenticated nologin noinherit;
  create role service_role nologin noinherit bypassrls;
  create role project login createrole createdb bypassrls password 'project';
  grant anon, authenticated, service_role to project with admin option;`;
const SUPABASE_DATABASE = `
  create schema auth authorization supabase_auth_admin;
  grant usage on schema auth to project, anon, authenticated, service_role;
  set role supabase_auth_admin;
  create table auth.users (id uuid primary key, email text, raw_user_meta_data jsonb, created_at timestamptz);
  create function auth.uid() returns uuid language sql stable as $$
    select coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''),
                    (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'))::uuid $$;
  create function auth.jwt() returns jsonb language sql stable as $$
    select nullif(current_setting('request.jwt.claims', true), '')::jsonb $$;
  alter table auth.users enable row level security;
  grant all on auth.users to project;
  reset role;`;
// Projects made before 2026-10-30 give everything to everybody.
const OLD_DEFAULTS = `alter default privileges for role project in schema public grant all on tables to anon, authenticated, service_role;
  alter default privileges for role project in schema public grant all on functions to anon, authenticated, service_role;`;

test.each([
  ["a new project", ""],
  ["a project with the old default grants", OLD_DEFAULTS],
])("migrates %s of Supabase, touches nothing of its own, and anon gets nothing", async (_, defaults) => {
  const server = await startPostgres();
  cleanUps.push(() => server.stop());
  const url = `postgres://project:project@127.0.0.1:${server.port}/project`;
  await withOwnerSession(server.superUrl("postgres"), async (session) => {
    await session.query("drop database renus_template");
    await session.exec(
      "drop role renus_api; drop role renus_visitor; drop role anon; drop role authenticated; drop role service_role;",
    );
    await session.exec(SUPABASE);
    await session.query("create database project owner project");
  });
  await withOwnerSession(server.superUrl("project"), (session) => session.exec(SUPABASE_DATABASE + defaults));

  await withOwnerSession(url, (session) => migrate(session, PASSWORD));

  const superuser = <T>(sqlText: string) =>
    withOwnerSession(server.superUrl("project"), async (session) => (await session.query(sqlText)) as T[]);
  expect(
    await superuser("select relname as name from pg_class where relnamespace = 'auth'::regnamespace and relkind = 'r'"),
  ).toEqual([{ name: "users" }]);
  expect(
    await superuser(`select c.relname, p.privilege from pg_class c cross join unnest(array['select','insert','update','delete']) p (privilege)
      where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and has_table_privilege('anon', c.oid, p.privilege)`),
  ).toEqual([]);

  const db = openPostgres(apiConnectionString(url, TEST_JWT_SECRET), 2, () => {});
  cleanUps.unshift(() => db.close());
  const owner = "11111111-1111-4111-8111-111111111111";
  await superuser(`insert into auth.users (id, email) values ('${owner}', 'owner@example.com')`);
  const client = await db.as(SYSTEM, async (trx) => {
    const row = await trx.insertInto("clients").values({ name: "Company" }).returning("id").executeTakeFirstOrThrow();
    await trx.insertInto("profiles").values({ id: owner, role: "client", client_id: row.id }).execute();
    return row.id;
  });
  const actor = {
    kind: "user",
    user_id: owner,
    role: "client",
    client_id: client,
    email: "owner@example.com",
    name: null,
    session_id: null,
  } as const;
  expect(await db.as(actor, (trx) => trx.selectFrom("clients").select("id").execute())).toEqual([{ id: client }]);
});

test("the shared server's owner of the tests is no superuser", async () => {
  const server = await sharedPostgres();
  const [owner] = await withOwnerSession(server.url("postgres"), (session) =>
    session.query("select rolsuper, rolbypassrls from pg_roles where rolname = current_user"),
  );
  expect(owner).toEqual({ rolsuper: false, rolbypassrls: false });
});
