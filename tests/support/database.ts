import type { Database } from "../../api/db/database.ts";
import { migrate } from "../../api/db/migrate.ts";
import { openPglite } from "../../api/db/pglite.ts";

/** A migrated, empty, in-memory database of its own. */
export async function openTestDatabase(): Promise<Database> {
  const pglite = await openPglite(null);
  await migrate(pglite.session, null);
  return pglite.database();
}
