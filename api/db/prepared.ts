import { constants, copyFileSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { migrateEmbedded, migrationsHash } from "./migrate.ts";
import { openPglite } from "./pglite.ts";

/** Kept in the project's own folder and safe to delete. */
const CACHE_DIR = fileURLToPath(new URL("../../.cache/", import.meta.url));

/** Where the prepared folder of these very migrations is, once it was built. */
export function preparedFolderPath(): string {
  return join(CACHE_DIR, `pglite-${migrationsHash()}`);
}

/**
 * A closed, migrated, empty data folder to copy: a first start takes 1 s with it and 5 to 9 s without.
 * Builds it when it is missing; several processes may ask at once.
 */
export async function buildPreparedFolder(): Promise<string> {
  const path = preparedFolderPath();
  if (existsSync(path)) return path;
  await mkdir(CACHE_DIR, { recursive: true });
  const draft = await mkdtemp(join(CACHE_DIR, "draft-"));
  const pglite = await openPglite(join(draft, "pglite"));
  try {
    await migrateEmbedded(pglite.session);
  } finally {
    await pglite.close();
  }
  // The rename publishes it whole or not at all. Somebody who was faster has built the same.
  await rename(join(draft, "pglite"), path).catch((err: unknown) => {
    if (!existsSync(path)) throw err;
  });
  await rm(draft, { recursive: true, force: true });
  return path;
}

/**
 * Copies the folder `source` to `target`, whole or not at all, unless something is there or this user may not read it. Says whether it
 * did.
 */
export async function copyPreparedFolder(source: string, target: string): Promise<boolean> {
  if (!existsSync(source) || (existsSync(target) && (await readdir(target)).length > 0)) return false;
  const draft = `${target}.draft`;
  await rm(draft, { recursive: true, force: true });
  try {
    copyFolder(source, draft);
  } catch (err) {
    // Prepared by another user: the migrations take some seconds then, which is all.
    if ((err as NodeJS.ErrnoException).code !== "EACCES") throw err;
    await rm(draft, { recursive: true, force: true });
    return false;
  }
  await rename(draft, target);
  return true;
}

// Nothing else can be done meanwhile, and for 1,200 files it takes a fraction of the processor's time that `cp` takes. `cpSync` ends
// the process where it may not read a folder.
function copyFolder(source: string, target: string): void {
  mkdirSync(target, { recursive: true });
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    const [from, to] = [join(source, entry.name), join(target, entry.name)];
    if (entry.isDirectory()) copyFolder(from, to);
    // Without copying where the file system can.
    else copyFileSync(from, to, constants.COPYFILE_FICLONE);
  }
}
