import type { Database } from "../../api/db/database.ts";
import { openTestDatabase } from "./database.ts";
import { openPostgresTestDatabase } from "./postgres.ts";

/**
 * A migrated, empty database for tests of what does not depend on which it is: on PostgreSQL, which costs a third of the embedded
 * one's processor time. `npm run test:long` repeats them on that.
 */
export const openDefaultDatabase = (): Promise<Database> =>
  process.env["TEST_DATABASE"] === "embedded" ? openTestDatabase() : openPostgresTestDatabase();
