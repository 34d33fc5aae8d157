import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { DatabaseStartError } from "./start-error.ts";

const SQLITE_BUSY = 5;

/**
 * Claims a data folder for this process: two on one embedded database silently lose rows. The operating system frees
 * the claim however the process ends. Throws DatabaseStartError when somebody else has it.
 */
export function lockDirectory(dir: string): { release(): void } {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const ownerFile = join(dir, "lock-owner");
  // Node has no flock; SQLite's lock on an empty file is one, and leaves nothing behind that could be stale.
  const file = new DatabaseSync(join(dir, "lock"), { timeout: 0 });
  try {
    file.exec("pragma locking_mode = exclusive; begin exclusive");
  } catch (err) {
    file.close();
    if ((err as { errcode?: number }).errcode !== SQLITE_BUSY) throw err;
    throw new DatabaseStartError(
      `Another process${readOwner(ownerFile)} already uses the data folder ${dir}. Stop it first, or give this one a folder of its own with DATA_DIR.`,
      { cause: err },
    );
  }
  writeFileSync(ownerFile, String(process.pid));
  let isHeld = true;
  return {
    release() {
      if (!isHeld) return;
      isHeld = false;
      rmSync(ownerFile, { force: true });
      file.exec("rollback");
      file.close();
    },
  };
}

function readOwner(ownerFile: string): string {
  try {
    return ` (${readFileSync(ownerFile, "utf8")})`;
  } catch {
    return "";
  }
}
