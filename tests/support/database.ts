import { mkdtempSync, rmSync } from "node:fs";
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
  const prepared = await buildPreparedFolder();
  const dir = mkdtempSync(join(tmpdir(), "renus-pglite-"));
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
