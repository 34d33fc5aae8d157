import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { literal } from "./literal.ts";

/** One connection with the owner's rights. */
export interface SqlSession {
  query(sqlText: string, params?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /** Several statements, no parameters. */
  exec(sqlText: string): Promise<void>;
}

const SUPABASE_DIR = new URL("../../supabase/", import.meta.url);
/** Any constant: who holds it migrates, the others wait. */
const MIGRATION_LOCK = 7_236_871;

export interface Migration {
  version: string;
  name: string;
  sql: string;
}

/** The files of supabase/migrations in order of their version. */
export function readMigrations(): Migration[] {
  const dir = new URL("migrations/", SUPABASE_DIR);
  return readdirSync(dir)
    .filter((file) => file.endsWith(".sql"))
    .sort()
    .map((file) => {
      const match = /^(\d{14})_(\w+)\.sql$/.exec(file);
      if (!match) throw new Error(`supabase/migrations/${file} is not named <14 digits>_name.sql.`);
      return { version: match[1]!, name: match[2]!, sql: readFileSync(new URL(file, dir), "utf8") };
    });
}

/** Changes whenever a migrated database would look different; names caches of prepared folders. */
export function migrationsHash(): string {
  const hash = createHash("sha256").update(readFileSync(new URL("platform.sql", SUPABASE_DIR)));
  for (const part of [CREATE_ROLE, ROLE_ATTRIBUTES, ROLE_GRANTS, ROLE_SETTINGS]) hash.update(part);
  for (const migration of readMigrations()) hash.update(migration.version).update(migration.sql);
  return hash.digest("hex").slice(0, 16);
}

export interface MigrateOptions {
  /** Stops after this version and makes no login role. */
  upTo?: string;
  /** Instead of the files of supabase/migrations. */
  migrations?: readonly Migration[];
}

/**
 * Brings the database up to date and (re)creates the login role of the API. Safe for several starters at once, and
 * shares its bookkeeping table with the Supabase CLI. Each file is one transaction, except a lone CREATE INDEX CONCURRENTLY.
 * Returns the versions applied. Throws when the server is older than PostgreSQL 15 or refuses a statement.
 */
export async function migrate(
  session: SqlSession,
  apiPassword: string | null,
  { upTo, migrations = readMigrations() }: MigrateOptions = {},
): Promise<string[]> {
  const [server] = await session.query(
    "select current_setting('server_version_num')::integer as version, current_setting('server_version') as name",
  );
  if (Number(server?.["version"]) < 150_000) {
    throw new Error(`This is PostgreSQL ${String(server?.["name"])}; version 15 or newer is needed.`);
  }
  await lock(session);
  try {
    const [platform] = await session.query("select to_regrole('supabase_auth_admin') is not null as is_supabase");
    if (!platform?.["is_supabase"]) await inTransaction(session, readFileSync(new URL("platform.sql", SUPABASE_DIR), "utf8"));
    await session.exec(`create schema if not exists supabase_migrations;
      create table if not exists supabase_migrations.schema_migrations (version text primary key, statements text[], name text);`);
    const done = new Set(
      (await session.query("select version from supabase_migrations.schema_migrations")).map((row) => row["version"]),
    );
    const applied: string[] = [];
    for (const migration of migrations) {
      if (done.has(migration.version) || (upTo && migration.version > upTo)) continue;
      const record = `insert into supabase_migrations.schema_migrations (version, name) values (${literal(migration.version)}, ${literal(migration.name)});`;
      try {
        if (isConcurrentIndex(migration.sql)) {
          await session.exec(migration.sql);
          await session.exec(record);
        } else {
          await inTransaction(session, `${migration.sql}\n;${record}`);
        }
      } catch (err) {
        const error = err as Error;
        error.message = `Migration ${migration.version}_${migration.name} failed: ${error.message}`;
        throw error;
      }
      applied.push(migration.version);
    }
    if (!upTo) await insist(() => createApiRole(session, apiPassword));
    return applied;
  } finally {
    await session.query("select pg_advisory_unlock($1::bigint)", [MIGRATION_LOCK]);
  }
}

/**
 * The same for the embedded database. Its folder holds the roles as well, so a note in it says whether there is anything to do:
 * to find that out step by step takes longer than to open the folder.
 */
export async function migrateEmbedded(session: SqlSession): Promise<string[]> {
  const hash = migrationsHash();
  const [note] = await session.query(
    "select obj_description(to_regnamespace('supabase_migrations')::oid, 'pg_namespace') as hash",
  );
  if (note?.["hash"] === hash) return [];
  const applied = await migrate(session, null);
  await session.exec(`comment on schema supabase_migrations is ${literal(hash)}`);
  return applied;
}

// Asks again and again: waiting inside a statement would hold a snapshot, for which CREATE INDEX CONCURRENTLY waits in turn.
async function lock(session: SqlSession): Promise<void> {
  for (;;) {
    const [answer] = await session.query("select pg_try_advisory_lock($1::bigint) as is_mine", [MIGRATION_LOCK]);
    if (answer?.["is_mine"]) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function inTransaction(session: SqlSession, sqlText: string): Promise<void> {
  try {
    await session.exec(`begin;\n${sqlText}\n;commit;`);
  } catch (err) {
    await session.exec("rollback");
    throw err;
  }
}

// Roles belong to the whole server: a starter of another database may write the same rows at the same moment.
async function insist(write: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await write();
    } catch (err) {
      if (attempt === 10 || !/concurrently updated/.test((err as Error).message)) throw err;
      await new Promise((resolve) => setTimeout(resolve, 20 * attempt));
    }
  }
}

/**
 * The API logs in as this role. It may touch nothing by itself: each transaction takes on one of the roles it is a member of,
 * and so do the functions that it may call outside of one.
 */
const CREATE_ROLE = `do $$ begin
    if not exists (select from pg_roles where rolname = 'renus_api') then create role renus_api login noinherit; end if;
    exception when duplicate_object or unique_violation then null; end $$;`;
const ROLE_ATTRIBUTES = "login noinherit";
const ROLE_GRANTS = `grant authenticated, service_role, renus_visitor to renus_api;
    grant usage on schema renus to renus_api;
    grant execute on function renus.post_visitor_messages, renus.count_points, renus.reserve_model_call,
      renus.claim_replies, renus.start_reply, renus.save_replies, renus.post_messages,
      renus.end_reply, renus.settle_model_call to renus_api;`;
// On the role and not in the connection's start-up parameters, which poolers refuse. A statement or a transaction that
// hangs would hold the lock of a conversation. Compiling a query took longer here than any of ours takes.
const ROLE_SETTINGS = `alter role renus_api set statement_timeout = '30s';
    alter role renus_api set idle_in_transaction_session_timeout = '30s';
    alter role renus_api set jit = off;`;

async function createApiRole(session: SqlSession, password: string | null): Promise<void> {
  await session.exec(CREATE_ROLE);
  await session.exec(
    `alter role renus_api ${ROLE_ATTRIBUTES}${password ? ` password ${literal(password)}` : ""}; ${ROLE_GRANTS}`,
  );
  await session.exec(ROLE_SETTINGS);
  // Only a superuser may write NOSUPERUSER and NOBYPASSRLS, so they are checked instead.
  const [role] = await session.query(
    "select rolsuper or rolbypassrls or rolcreaterole as is_strong from pg_roles where rolname = 'renus_api'",
  );
  if (role?.["is_strong"])
    throw new Error(
      "The role renus_api must not be a superuser, create roles, or bypass row-level security. Alter it and start again.",
    );
}

function isConcurrentIndex(sqlText: string): boolean {
  const statements = sqlText
    .replace(/--.*$/gm, "")
    .split(";")
    .filter((part) => part.trim() !== "");
  return statements.length === 1 && /^\s*create\s+(unique\s+)?index\s+concurrently\b/i.test(statements[0]!);
}
