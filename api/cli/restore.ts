import { chmodSync, copyFileSync, cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { pino } from "pino";
import { readConfig, type Config } from "../config.ts";
import { CommandError, type LocalCommand } from "./command.ts";
import { FILES, readManifest } from "./backup/manifest.ts";

export const restoreCommand: LocalCommand = {
  name: "restore",
  summary: "Bring a backup back into an empty DATA_DIR or an empty database",
  parameters: "FOLDER",
  details: [
    "Nothing is overwritten: where a database is, it is refused. One that was saved by an older version is migrated. What was",
    "saved from the embedded database comes back into an embedded one, and what pg_dump saved into PostgreSQL.",
  ].join("\n"),
  options: {},
  positionals: [1, 1],
  async run({ positionals }) {
    const folder = resolve(positionals[0]!);
    const manifest = readManifest(folder);
    const config = readConfig();
    if ((manifest.database === "postgres") !== (config.databaseUrl !== null)) {
      throw new CommandError(
        manifest.database === "postgres"
          ? "This is a backup of a PostgreSQL database: set DATABASE_URL to an empty one."
          : "This is a backup of an embedded database: unset DATABASE_URL.",
      );
    }
    await (config.databaseUrl ? restoreServer(config.databaseUrl, folder) : restoreEmbedded(config, folder));
    const pictures = join(folder, FILES.pictures);
    if (existsSync(pictures)) cpSync(pictures, join(config.dataDir, FILES.pictures), { recursive: true });
    const { openDatabase } = await import("../db/open.ts");
    // The secret may be the backup's by now.
    const db = await openDatabase(readConfig(), pino({ level: "silent" }));
    await db.close();
    return { code: 0, out: `Restored what was saved at ${manifest.created_at}. The database is up to date.\n` };
  },
};

async function restoreEmbedded({ dataDir }: Config, folder: string): Promise<void> {
  const [{ lockDirectory }, { openPglite }] = await Promise.all([import("../db/dir-lock.ts"), import("../db/pglite.ts")]);
  const lock = lockDirectory(dataDir);
  try {
    const target = join(dataDir, "pglite");
    if (existsSync(target) && readdirSync(target).length > 0)
      throw new CommandError(`There is a database in ${dataDir} already. Move it away, or set DATA_DIR to another folder.`);
    const draft = `${target}.draft`;
    rmSync(draft, { recursive: true, force: true });
    const pglite = await openPglite(draft, readFileSync(join(folder, FILES.pglite)));
    await pglite.close();
    rmSync(target, { recursive: true, force: true });
    renameSync(draft, target);
    const secret = join(folder, FILES.secret);
    if (existsSync(secret)) {
      copyFileSync(secret, join(dataDir, "jwt-secret"));
      chmodSync(join(dataDir, "jwt-secret"), 0o600);
    }
  } finally {
    lock.release();
  }
}

async function restoreServer(databaseUrl: string, folder: string): Promise<void> {
  const [{ withOwnerSession }, { explainPostgresError }, { runTool }] = await Promise.all([
    import("../db/postgres.ts"),
    import("../db/start-error.ts"),
    import("./backup/postgres-tools.ts"),
  ]);
  const isEmpty = await withOwnerSession(databaseUrl, async (session) => {
    const [row] = await session.query(
      "select to_regclass('public.agents') is null and to_regnamespace('supabase_migrations') is null as is_empty",
    );
    if (row!["is_empty"] !== true) return false;
    // Roles belong to the server and are in no dump; the rights in it name them.
    for (const role of ["anon", "authenticated", "service_role", "renus_visitor", "renus_api"]) {
      await session.exec(`do $$ begin
        if to_regrole('${role}') is null then create role ${role} nologin noinherit; end if;
        exception when duplicate_object or unique_violation then null; end $$;`);
    }
    return true;
  }).catch((err: unknown) => {
    throw explainPostgresError(err, databaseUrl);
  });
  if (!isEmpty) throw new CommandError("There is something in this database already. Set DATABASE_URL to an empty one.");
  await runTool(
    "pg_restore",
    ["--no-owner", "--exit-on-error", "--single-transaction", join(folder, FILES.postgres)],
    databaseUrl,
  );
}
