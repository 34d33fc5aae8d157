import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pino } from "pino";
import { readConfig, type Config } from "../config.ts";
import { CommandError, type LocalCommand } from "./command.ts";
import { downloadDump } from "./control.ts";
import { FILES, writeManifest } from "./backup/manifest.ts";

export const backupCommand: LocalCommand = {
  name: "backup",
  summary: "Save the whole database into a new folder; the server may run meanwhile",
  parameters: "FOLDER",
  details: [
    "The embedded database is saved by the server that has it open, between two statements, together with the generated",
    "secret; a PostgreSQL database by pg_dump of this machine. Pictures of agents that lie in DATA_DIR come along. What is",
    "in the folder opens everything: keep it where only you can read it. `renus restore` brings it back.",
  ].join("\n"),
  options: {},
  positionals: [1, 1],
  async run({ positionals }) {
    const config = readConfig();
    const folder = resolve(positionals[0]!);
    if (existsSync(folder)) throw new CommandError(`${folder} is there already. Name one that is not.`);
    const draft = `${folder}.draft`;
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(dirname(folder), { recursive: true });
    mkdirSync(draft, { mode: 0o700 });
    try {
      await (config.databaseUrl ? saveServer(config.databaseUrl, draft) : saveEmbedded(config, draft));
      // After the database: a picture that an agent has is there by then, and none is ever changed.
      const pictures = join(config.dataDir, FILES.pictures);
      if (existsSync(pictures)) cpSync(pictures, join(draft, FILES.pictures), { recursive: true });
      writeManifest(draft, config.databaseUrl ? "postgres" : "pglite");
      // Whole or not at all: one that broke off must not look like a backup.
      renameSync(draft, folder);
    } catch (err) {
      rmSync(draft, { recursive: true, force: true });
      throw err;
    }
    const bytes = readdirSync(folder, { recursive: true, encoding: "utf8" }).reduce(
      (sum, name) => sum + statSync(join(folder, name)).size,
      0,
    );
    const secret = config.databaseUrl ? " Keep JWT_SECRET with it: it is not in there." : "";
    return { code: 0, out: `Saved to ${folder} (${(bytes / 2 ** 20).toFixed(1)} MiB).${secret}\n` };
  },
};

async function saveEmbedded(config: Config, folder: string): Promise<void> {
  if (!existsSync(join(config.dataDir, "pglite"))) throw new CommandError(`There is no database in ${config.dataDir} to save.`);
  const dump = (await downloadDump(config.dataDir)) ?? (await dumpClosed(config));
  writeFileSync(join(folder, FILES.pglite), dump, { mode: 0o600 });
  const secret = join(config.dataDir, "jwt-secret");
  if (existsSync(secret)) copyFileSync(secret, join(folder, FILES.secret));
}

async function dumpClosed(config: Config): Promise<Uint8Array> {
  const { openDatabase } = await import("../db/open.ts");
  const db = await openDatabase(config, pino({ level: "silent" }));
  try {
    return await db.dump!();
  } finally {
    await db.close();
  }
}

async function saveServer(databaseUrl: string, folder: string): Promise<void> {
  const [{ withOwnerSession }, { explainPostgresError }, { runTool }] = await Promise.all([
    import("../db/postgres.ts"),
    import("../db/start-error.ts"),
    import("./backup/postgres-tools.ts"),
  ]);
  const isSupabase = await withOwnerSession(databaseUrl, async (session) => {
    const [row] = await session.query("select to_regrole('supabase_auth_admin') is not null as is_supabase");
    return row!["is_supabase"];
  }).catch((err: unknown) => {
    throw explainPostgresError(err, databaseUrl);
  });
  if (isSupabase)
    throw new CommandError(
      "Supabase saves its projects itself: see Database → Backups in the project, or its own command `supabase db dump`.",
    );
  await runTool("pg_dump", ["--format=custom", "--no-owner", "--file", join(folder, FILES.postgres)], databaseUrl);
}
