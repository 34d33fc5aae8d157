import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { readMigrations } from "../../db/migrate.ts";
import { CommandError } from "../command.ts";

/**
 * A backup is a folder: `renus.json` says what it is, beside it `pglite.tar.gz` (the embedded database's folder) or
 * `database.dump` (pg_dump's custom format), `pictures` where agents have some on this disk, and `jwt-secret` where the secret was generated.
 */
export const FILES = {
  manifest: "renus.json",
  pglite: "pglite.tar.gz",
  postgres: "database.dump",
  secret: "jwt-secret",
  pictures: "pictures",
} as const;

const manifestSchema = z.object({
  format: z.literal("renus-backup"),
  database: z.enum(["pglite", "postgres"]),
  /** The last migration of the program that made it. */
  migration: z.string(),
  created_at: z.string(),
});
export type Manifest = z.infer<typeof manifestSchema>;

const lastMigration = () => readMigrations().at(-1)!.version;

export function writeManifest(folder: string, database: Manifest["database"]): void {
  const manifest: Manifest = {
    format: "renus-backup",
    database,
    migration: lastMigration(),
    created_at: new Date().toISOString(),
  };
  writeFileSync(join(folder, FILES.manifest), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Throws CommandError for what is no backup, and for one of a later version, which this one could not serve. */
export function readManifest(folder: string): Manifest {
  const path = join(folder, FILES.manifest);
  if (!existsSync(path)) throw new CommandError(`${folder} is no backup: there is no ${FILES.manifest} in it.`);
  const read = manifestSchema.safeParse(parse(readFileSync(path, "utf8")));
  if (!read.success) throw new CommandError(`${path} is not what a backup has there.`);
  if (read.data.migration > lastMigration())
    throw new CommandError(`The backup was made by a later version of Renus. Restore it with that version or a newer one.`);
  return read.data;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
