import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { sql } from "kysely";
import pg from "pg";
import type { Config } from "../../config.ts";
import { SYSTEM } from "../../db/actor.ts";
import type { Database } from "../../db/database.ts";
import { lockDirectory } from "../../db/dir-lock.ts";
import { readMigrations, type SqlSession } from "../../db/migrate.ts";
import { missingMigrations } from "../../db/missing-migrations.ts";
import { openPglite } from "../../db/pglite.ts";
import { apiConnectionString, openPostgres, withOwnerSession } from "../../db/postgres.ts";
import { DatabaseStartError, explainPostgresError } from "../../db/start-error.ts";
import { ok, problem, warning, type Finding } from "./finding.ts";
import { checkSkew } from "./network.ts";

/** The database and what is in it. Nothing is migrated and nothing written. */

const NAME = "Database";
const POOLER_PORT = "6543";
const NOTIFY_MS_MAX = 3000;

/** Published agents that every website may show. */
const OPEN_AGENTS = `select name from public.agents where status = 'active'
  and (config -> 'allowed_origins' is null or jsonb_typeof(config -> 'allowed_origins') <> 'array' or config -> 'allowed_origins' = '[]')
  order by created_at`;

/** `open`: the one that this very process has open. */
export async function checkDatabase(config: Config, open: Database | null): Promise<Finding[]> {
  if (open && open.kind === "pglite") return checkOpen(open);
  return config.databaseUrl ? checkServer(config.databaseUrl, config.jwtSecret) : checkFolder(config.dataDir);
}

async function checkOpen(db: Database): Promise<Finding[]> {
  const { rows } = await db.as(SYSTEM, (trx) => sql<{ name: string }>`${sql.raw(OPEN_AGENTS)}`.execute(trx));
  return [describeMigrations(await missingMigrations(db)), describeOpenAgents(rows)];
}

async function checkFolder(dataDir: string): Promise<Finding[]> {
  const folder = join(dataDir, "pglite");
  if (!existsSync(folder)) return [ok(NAME, "There is none yet: the first start makes one.")];
  let lock: ReturnType<typeof lockDirectory>;
  try {
    lock = lockDirectory(dataDir);
  } catch (err) {
    if (!(err instanceof DatabaseStartError)) throw err;
    return [problem(NAME, `${err.message} It could not be asked either.`)];
  }
  try {
    const pglite = await openPglite(folder);
    try {
      return await examine(pglite.session);
    } finally {
      await pglite.close();
    }
  } catch (err) {
    return [problem(NAME, `The embedded database in ${dataDir} cannot be opened: ${(err as Error).message}. Restore a backup.`)];
  } finally {
    lock.release();
  }
}

async function checkServer(databaseUrl: string, jwtSecret: string): Promise<Finding[]> {
  if (new URL(databaseUrl).port === POOLER_PORT) {
    return [
      problem(
        NAME,
        `Port ${POOLER_PORT} of DATABASE_URL is a pooler in transaction mode, which has no LISTEN. Use the session mode: port 5432 of the same host.`,
      ),
    ];
  }
  try {
    return await withOwnerSession(databaseUrl, async (session) => {
      const [server] = await session.query(
        "select current_setting('server_version_num')::integer as version, clock_timestamp() as now",
      );
      if (Number(server!["version"]) < 150_000)
        return [problem(NAME, "This PostgreSQL is older than 15. Update it, or use another server.")];
      const clock = checkSkew("the database", Date.parse(String(server!["now"])) - Date.now());
      const findings = await examine(session);
      if (findings.some(({ level }) => level === "problem")) return [...findings, clock];
      return [...findings, clock, await checkLogin(databaseUrl, jwtSecret), await checkNotify(databaseUrl)];
    });
  } catch (err) {
    return [problem(NAME, explainPostgresError(err, databaseUrl).message)];
  }
}

async function examine(session: SqlSession): Promise<Finding[]> {
  const wanted = readMigrations().map(({ version }) => version);
  const [table] = await session.query("select to_regclass('supabase_migrations.schema_migrations') is not null as is_there");
  const done = table?.["is_there"] ? await session.query("select version from supabase_migrations.schema_migrations") : [];
  const versions = new Set(done.map((row) => row["version"]));
  const missing = wanted.filter((version) => !versions.has(version));
  const state = describeMigrations(missing);
  if (missing.length > 0) return [state];
  return [state, describeOpenAgents((await session.query(OPEN_AGENTS)) as { name: string }[])];
}

function describeMigrations(missing: readonly string[]): Finding {
  if (missing.length === 0) return ok(NAME, "It answers and is up to date.");
  return problem(
    NAME,
    `It lacks ${missing.length} of this version's migrations. Run: renus migrate (the next start does it as well).`,
  );
}

function describeOpenAgents(agents: readonly { name: string }[]): Finding {
  const name = "Allow-lists";
  if (agents.length === 0) return ok(name, "Every published agent names the websites it may stand on, or none is published.");
  const shown = agents.slice(0, 5).map((agent) => `“${agent.name.replaceAll(/\p{C}/gu, " ").slice(0, 60)}”`);
  const more = agents.length > shown.length ? ` and ${agents.length - shown.length} more` : "";
  return warning(
    name,
    `Any website may show ${shown.join(", ")}${more}, at your model's cost. Name the allowed websites in the agent's settings.`,
  );
}

/** The role that serves has a password made of JWT_SECRET, so another secret shows here. */
async function checkLogin(databaseUrl: string, jwtSecret: string): Promise<Finding> {
  const name = "Login";
  const db = openPostgres(apiConnectionString(databaseUrl, jwtSecret), 1, () => {});
  try {
    await db.ping();
    return ok(name, "The role renus_api may sign in.");
  } catch (err) {
    return problem(
      name,
      `The role renus_api may not sign in (${(err as Error).message}). Give all nodes the same JWT_SECRET, then run: renus migrate`,
    );
  } finally {
    await db.close();
  }
}

async function checkNotify(databaseUrl: string): Promise<Finding> {
  const name = "Notifications";
  const channel = `renus_doctor_${randomUUID().replaceAll("-", "")}`;
  const [listener, speaker] = [0, 1].map(
    () => new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: NOTIFY_MS_MAX, query_timeout: NOTIFY_MS_MAX }),
  ) as [pg.Client, pg.Client];
  try {
    const heard = new Promise<boolean>((resolve) => {
      setTimeout(resolve, NOTIFY_MS_MAX, false).unref();
      listener.on("notification", () => resolve(true));
    });
    await Promise.all([listener.connect(), speaker.connect()]);
    await listener.query(`listen ${channel}`);
    await speaker.query(`notify ${channel}`);
    if (await heard) return ok(name, "LISTEN and NOTIFY work.");
    return problem(
      name,
      "NOTIFY does not arrive: a pooler in transaction mode is in between. Connect directly or in session mode.",
    );
  } catch (err) {
    return problem(name, explainPostgresError(err, databaseUrl).message);
  } finally {
    await Promise.all([listener, speaker].map((client) => client.end().catch(() => {})));
  }
}
