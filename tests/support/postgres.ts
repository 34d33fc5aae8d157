import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chown, cp, mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import pg from "pg";
import type { Database } from "../../api/db/database.ts";
import { migrate, migrationsHash } from "../../api/db/migrate.ts";
import { apiConnectionString, apiRolePassword, openPostgres, withOwnerSession } from "../../api/db/postgres.ts";
import { aptInstall } from "./apt.ts";
import { freePort, startKeptProcess, untilReady } from "./kept-process.ts";
import { rememberOwner } from "./owner.ts";

const run = promisify(execFile);
const CACHE_DIR = fileURLToPath(new URL("../../.cache/", import.meta.url));

/** The API's login role exists once a server, so all databases of a test share the secret its password comes from. */
export const TEST_JWT_SECRET = "a secret of the tests, known to everybody, 48 b.";

/** A private PostgreSQL server. Its owner role may create roles and databases and is no superuser, as on Supabase. */
export interface PostgresServer {
  readonly port: number;
  /** Connection string of a database's owner. */
  url(databaseName: string): string;
  /** Connection string of the server's superuser. */
  superUrl(databaseName: string): string;
  stop(): Promise<void>;
}

/** Folder of `initdb` and `postgres` ≥ 15. Installs them with apt where that needs no password; otherwise throws and says what to install. */
export async function ensurePostgres(): Promise<string> {
  const found = await findPostgres();
  if (found) return found;
  const installed = (await aptInstall("postgresql")) && (await findPostgres());
  if (installed) return installed;
  throw new Error(
    "The tests need PostgreSQL 15 or newer. Install it (Debian: sudo apt-get install postgresql) and run them again.",
  );
}

async function findPostgres(): Promise<string | null> {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? (await readdir(root)).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.filter((version) => Number(version) >= 15).map((version) => join(root, version, "bin")),
    ...(process.env["PATH"] ?? "").split(delimiter),
    "/opt/homebrew/opt/postgresql/bin",
  ];
  for (const folder of folders) {
    if (!existsSync(join(folder, "initdb")) || !existsSync(join(folder, "postgres"))) continue;
    const { stdout } = await run(join(folder, "postgres"), ["--version"]);
    if (Number(/(\d+)/.exec(stdout)?.[1]) >= 15) return folder;
  }
  return null;
}

/** PostgreSQL refuses to run as root; then it runs as its own user, or as nobody. */
async function serverUser(): Promise<{ uid: number; gid: number } | null> {
  if (process.getuid?.() !== 0) return null;
  for (const name of ["postgres", "nobody"]) {
    const ids = await Promise.all(["-u", "-g"].map((flag) => run("id", [flag, name]).then(({ stdout }) => Number(stdout)))).catch(
      () => null,
    );
    if (ids) return { uid: ids[0]!, gid: ids[1]! };
  }
  throw new Error("PostgreSQL does not run as root, and there is no user postgres or nobody to run it as.");
}

/** A data folder with our roles and the migrated template, built once for these binaries and migrations. */
async function preparedCluster(bin: string, user: { uid: number; gid: number } | null): Promise<string> {
  const { stdout } = await run(join(bin, "postgres"), ["--version"]);
  const version = /(\d+(\.\d+)?)/.exec(stdout)![1]!;
  const path = join(CACHE_DIR, `postgres-${version}-${migrationsHash()}`);
  if (existsSync(path)) return path;
  await mkdir(CACHE_DIR, { recursive: true });
  // Not in the cache folder: the server's user may not be allowed to look into it.
  const draft = await mkdtemp(join(tmpdir(), "renus-initdb-"));
  if (user) await chown(draft, user.uid, user.gid);
  const data = join(draft, "data");
  const passwordFile = join(draft, "password");
  await writeFile(passwordFile, "postgres", { mode: 0o644 });
  await run(
    join(bin, "initdb"),
    [
      "-D",
      data,
      "-U",
      "postgres",
      "-E",
      "UTF8",
      "--locale=C",
      "--pwfile",
      passwordFile,
      "--auth=scram-sha-256",
      "--wal-segsize=1",
    ],
    { ...user, cwd: draft },
  );
  const server = await startOn(bin, data, user);
  try {
    await onServer(server.superUrl("postgres"), [
      "create role renus_owner login createrole createdb password 'renus_owner'",
      "create database renus_template owner renus_owner",
    ]);
    // As on a managed server: the owner is no superuser, but may hand over what it creates.
    await withOwnerSession(server.url("renus_template"), (session) => migrate(session, apiRolePassword(TEST_JWT_SECRET)));
  } finally {
    await server.stop("fast");
  }
  const finished = await mkdtemp(join(CACHE_DIR, "draft-"));
  await cp(data, join(finished, "data"), { recursive: true });
  await rename(join(finished, "data"), path).catch((err: unknown) => {
    if (!existsSync(path)) throw err;
  });
  await Promise.all([finished, draft].map((folder) => rm(folder, { recursive: true, force: true })));
  return path;
}

async function onServer(url: string, statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

interface StartedServer extends Omit<PostgresServer, "stop"> {
  stop(mode: "fast" | "immediate"): Promise<void>;
}

async function startOn(
  bin: string,
  data: string,
  user: { uid: number; gid: number } | null,
  leftover?: string,
): Promise<StartedServer> {
  const port = await freePort();
  const folder = join(data, "..");
  const settings = [
    "listen_addresses=127.0.0.1",
    `unix_socket_directories=${folder}`,
    "max_connections=200",
    "log_min_messages=error",
  ];
  const kept = startKeptProcess(
    join(bin, "postgres"),
    ["-D", data, "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])],
    { user, cwd: folder, leftover },
  );
  const superUrl = (name: string) => `postgres://postgres:postgres@127.0.0.1:${port}/${name}`;
  await untilReady(kept, () => onServer(superUrl("postgres"), []));
  return {
    port,
    url: (name) => `postgres://renus_owner:renus_owner@127.0.0.1:${port}/${name}`,
    superUrl,
    // QUIT is PostgreSQL's immediate shutdown: nothing of a test is kept.
    stop: (mode) => kept.stop(mode === "fast" ? "INT" : "QUIT"),
  };
}

/** Starts a server of its own. It ends with `stop`, or by itself together with this process. */
export async function startPostgres(): Promise<PostgresServer> {
  const bin = await ensurePostgres();
  const user = await serverUser();
  const cluster = await preparedCluster(bin, user);
  const dir = await mkdtemp(join(tmpdir(), "renus-postgres-"));
  const data = join(dir, "data");
  await cp(cluster, data, { recursive: true });
  if (user) await run("chown", ["-R", `${user.uid}:${user.gid}`, dir]);
  const server = await startOn(bin, data, user, dir);
  return { ...server, stop: () => server.stop("immediate") };
}

let shared: Promise<PostgresServer> | null = null;
/** The server that the tests of this process share. */
export function sharedPostgres(): Promise<PostgresServer> {
  return (shared ??= startPostgres());
}

let lastDatabase = 0;
/** Owner's connection string of a fresh database on the shared server: migrated, or with nothing in it. */
export async function createPostgresDatabase(options: { isMigrated?: boolean } = {}): Promise<string> {
  const server = await sharedPostgres();
  const name = `renus_${process.pid}_${++lastDatabase}`;
  const template = options.isMigrated === false ? "template1" : "renus_template";
  await onServer(server.url("postgres"), [`create database ${name} template ${template}`]);
  return server.url(name);
}

/** A migrated, empty database of its own on a real PostgreSQL server. It is gone once it is closed. */
export async function openPostgresTestDatabase(): Promise<Database> {
  const url = await createPostgresDatabase();
  const db = openPostgres(apiConnectionString(url, TEST_JWT_SECRET), 10, () => {});
  const close = async () => {
    await db.close();
    const { superUrl } = await sharedPostgres();
    await onServer(superUrl("postgres"), [`drop database if exists ${new URL(url).pathname.slice(1)} with (force)`]);
  };
  return rememberOwner({ ...db, close }, (sqlText, params) => withOwnerSession(url, (session) => session.query(sqlText, params)));
}
