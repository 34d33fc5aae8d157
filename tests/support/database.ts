import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CompiledQuery } from "kysely";
import { SYSTEM } from "../../api/db/actor.ts";
import type { Database } from "../../api/db/database.ts";
import { openPglite } from "../../api/db/pglite.ts";
import { buildPreparedFolder, copyPreparedFolder } from "../../api/db/prepared.ts";
import { rememberOwner, type OwnerQuery } from "./owner.ts";

interface Opened {
  db: Database;
  query: OwnerQuery;
  /** What its catalogue looks like, to see whether a test has changed more than rows. */
  shape: string;
  remove(): Promise<void>;
}

/** Of this thread, emptied when they were closed: to open one costs five times as much. */
const spare: Opened[] = [];

/** A migrated, empty, embedded database that nobody else has; it is there at once when one of this thread was closed before. */
export async function openTestDatabase(): Promise<Database> {
  const opened = spare.pop() ?? (await openFresh());
  let isClosed = false;
  const lent: Database = {
    ...opened.db,
    as: async (actor, fn) => {
      if (isClosed) throw new Error("This database is closed.");
      return opened.db.as(actor, fn);
    },
    ping: async () => {
      if (isClosed) throw new Error("This database is closed.");
      return opened.db.ping();
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      const isLikeNew = await empty(opened).catch(() => false);
      if (isLikeNew) spare.push(opened);
      else await opened.remove();
    },
  };
  return rememberOwner(lent, opened.query);
}

async function openFresh(): Promise<Opened> {
  removeLeftovers();
  const prepared = await buildPreparedFolder();
  const dir = mkdtempSync(join(tmpdir(), `renus-pglite-${process.pid}-`));
  const removeDir = () => rmSync(dir, { recursive: true, force: true });
  process.once("exit", removeDir);
  await copyPreparedFolder(prepared, join(dir, "data"));
  const db = await (await openPglite(join(dir, "data"))).database();
  const query: OwnerQuery = (sqlText, params = []) =>
    db.as(SYSTEM, async (trx) => {
      // The embedded session began as its superuser and may become it again; PostgreSQL's never was one.
      await trx.executeQuery(CompiledQuery.raw("set local session authorization postgres"));
      return (await trx.executeQuery(CompiledQuery.raw(sqlText, [...params]))).rows as Record<string, unknown>[];
    });
  return {
    db,
    query,
    shape: await shapeOf(query),
    async remove() {
      await db.close();
      process.off("exit", removeDir);
      removeDir();
    },
  };
}

/** Removes all rows. False when a test has changed more than those. */
async function empty({ query, shape }: Opened): Promise<boolean> {
  const tables = await query(
    "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('auth', 'public') order by 1",
  );
  await query(`truncate ${tables.map(({ name }) => name as string).join(", ")} restart identity`);
  return (await shapeOf(query)) === shape;
}

async function shapeOf(query: OwnerQuery): Promise<string> {
  const [row] = await query(`select md5(concat(
    (select string_agg(concat(oid, relname, relkind, relacl, relrowsecurity, relforcerowsecurity, reloptions), ' ' order by oid) from pg_class where relkind <> 't'),
    (select string_agg(concat(oid, proname, proacl, md5(prosrc)), ' ' order by oid) from pg_proc where oid >= 16384),
    (select string_agg(concat(oid, polname, polcmd, polroles, polqual, polwithcheck), ' ' order by oid) from pg_policy),
    (select string_agg(concat(oid, tgname, tgenabled), ' ' order by oid) from pg_trigger),
    (select string_agg(concat(oid, conname), ' ' order by oid) from pg_constraint),
    (select string_agg(concat(oid, rolname, rolsuper, rolbypassrls, rolconfig), ' ' order by oid) from pg_roles),
    (select string_agg(concat(roleid, member), ' ' order by roleid, member) from pg_auth_members),
    (select string_agg(concat(attrelid, attname, atttypid, attnotnull, attacl), ' ' order by attrelid, attnum) from pg_attribute where attrelid >= 16384),
    (select string_agg(concat(oid, nspname, nspacl), ' ' order by oid) from pg_namespace),
    (select string_agg(concat(version, name), ' ' order by version) from supabase_migrations.schema_migrations)
  )) as shape`);
  return row!["shape"] as string;
}

let isTidy = false;
/** Folders (40 MB each) of test processes that were killed. */
function removeLeftovers(): void {
  if (isTidy) return;
  isTidy = true;
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(/^renus-pglite-(\d+)-/.exec(name)?.[1] ?? 0);
    if (pid > 0 && !isAlive(pid)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (err) {
    // EPERM: somebody else's process.
    return (err as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
