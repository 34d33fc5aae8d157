import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { createPostgresDatabase, sharedPostgres, startPostgres, TEST_JWT_SECRET } from "../../tests/support/postgres.ts";
import { createSupabaseDatabase, OLD_DEFAULT_GRANTS } from "../../tests/support/supabase-database.ts";
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

test.each([
  ["a new project", ""],
  ["a project with the old default grants", OLD_DEFAULT_GRANTS],
])("migrates %s of Supabase, touches nothing of its own, and anon gets nothing", async (_, defaults) => {
  const server = await startPostgres();
  cleanUps.push(() => server.stop());
  const { url, asSuperuser: superuser } = await createSupabaseDatabase(server, { defaultGrants: defaults });

  await withOwnerSession(url, (session) => migrate(session, PASSWORD));

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

/** What `supabase db push` 3.1.0 does with its table before anything else, and after each file. */
const CLI_TABLE = `create schema if not exists supabase_migrations;
  create table if not exists supabase_migrations.schema_migrations (version text not null primary key);
  alter table supabase_migrations.schema_migrations add column if not exists statements text[];
  alter table supabase_migrations.schema_migrations add column if not exists name text;`;
const CLI_RECORD = "insert into supabase_migrations.schema_migrations (version, name, statements) values ($1, $2, $3)";

test("takes turns with `supabase db push`: neither applies what the other has, and neither touches the other's records", async () => {
  const server = await startPostgres();
  cleanUps.push(() => server.stop());
  const { url } = await createSupabaseDatabase(server);
  const [early, late] = [readMigrations().slice(0, 4), readMigrations().slice(4)];
  const cliPushes = (migrations: readonly Migration[]) =>
    withOwnerSession(url, async (session) => {
      await session.exec(CLI_TABLE);
      const done = (await session.query("select version from supabase_migrations.schema_migrations")).map(
        ({ version }) => version,
      );
      const missing = migrations.filter(({ version }) => !done.includes(version));
      for (const { version, name, sql } of missing) {
        await session.exec(sql);
        await session.query(CLI_RECORD, [version, name, [sql]]);
      }
      return missing.map(({ version }) => version);
    });
  const weMigrate = (migrations: Migration[]) => withOwnerSession(url, (session) => migrate(session, PASSWORD, { migrations }));
  const versionsOf = (migrations: readonly Migration[]) => migrations.map(({ version }) => version);

  expect(await cliPushes(early)).toEqual(versionsOf(early));
  expect(await weMigrate(readMigrations())).toEqual(versionsOf(late));
  expect(await cliPushes(readMigrations())).toEqual([]);
  const more = [...readMigrations(), { version: "20990101000000", name: "more", sql: "create table public.more ();" }];
  expect(await cliPushes(more)).toEqual(["20990101000000"]);
  expect(await weMigrate(more)).toEqual([]);
  const records = await withOwnerSession(url, (session) =>
    session.query(
      "select version, name, statements is not null as is_pushed from supabase_migrations.schema_migrations order by 1",
    ),
  );
  const isPushed = (version: string) => versionsOf(early).includes(version) || version === "20990101000000";
  expect(records).toEqual(more.map(({ version, name }) => ({ version, name, is_pushed: isPushed(version) })));
});

test("the shared server's owner of the tests is no superuser", async () => {
  const server = await sharedPostgres();
  const [owner] = await withOwnerSession(server.url("postgres"), (session) =>
    session.query("select rolsuper, rolbypassrls from pg_roles where rolname = current_user"),
  );
  expect(owner).toEqual({ rolsuper: false, rolbypassrls: false });
});
