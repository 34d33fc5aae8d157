import { readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { migrationsHash } from "../api/db/migrate.ts";
import { buildPreparedFolder } from "../api/db/prepared.ts";

/** Builds the prepared data folder ahead of the first start, and removes those of former migrations (40 MB each). */

const OLD_MS = 60 * 60 * 1000;

const cache = dirname(await buildPreparedFolder());
for (const name of await readdir(cache)) {
  if (!/^(pglite|postgres|draft)-/.test(name) || name.endsWith(migrationsHash())) continue;
  // Tests that run at this moment may still copy a younger one.
  const { mtimeMs } = await stat(join(cache, name));
  if (Date.now() - mtimeMs > OLD_MS) await rm(join(cache, name), { recursive: true, force: true });
}
