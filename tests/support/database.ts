import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CompiledQuery } from "kysely";
import { SYSTEM } from "../../api/db/actor.ts";
import type { Database } from "../../api/db/database.ts";
import { openPglite } from "../../api/db/pglite.ts";
import { buildPreparedFolder, copyPreparedFolder } from "../../api/db/prepared.ts";
import { rememberOwner } from "./owner.ts";

/** A migrated, empty, embedded database of its own, 0.3 s after the first; its folder goes when it closes. */
export async function openTestDatabase(): Promise<Database> {
  removeLeftovers();
  const prepared = await buildPreparedFolder();
  const dir = mkdtempSync(join(tmpdir(), `renus-pglite-${process.pid}-`));
  const removeDir = () => rmSync(dir, { recursive: true, force: true });
  process.once("exit", removeDir);
  await copyPreparedFolder(prepared, join(dir, "data"));
  const db = await (await openPglite(join(dir, "data"))).database();
  const closing: Database = {
    ...db,
    async close() {
      await db.close();
      process.off("exit", removeDir);
      removeDir();
    },
  };
  return rememberOwner(closing, (sqlText, params = []) =>
    db.as(SYSTEM, async (trx) => {
      // The embedded session began as its superuser and may become it again; PostgreSQL's never was one.
      await trx.executeQuery(CompiledQuery.raw("set local session authorization postgres"));
      return (await trx.executeQuery(CompiledQuery.raw(sqlText, [...params]))).rows as Record<string, unknown>[];
    }),
  );
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
