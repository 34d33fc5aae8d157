import type { Logger } from "pino";
import type { Config } from "../config.ts";
import type { Database } from "./database.ts";
import { migrate } from "./migrate.ts";
import { openPglite } from "./pglite.ts";
import { apiConnectionString, apiRolePassword, openPostgres, withOwnerSession } from "./postgres.ts";

/** Migrates and opens the database of the configuration. */
export async function openDatabase(config: Config, log: Logger): Promise<Database> {
  if (config.databaseUrl) {
    await withOwnerSession(config.databaseUrl, (session) => migrate(session, apiRolePassword(config.jwtSecret)));
    return openPostgres(apiConnectionString(config.databaseUrl, config.jwtSecret), 10, (err) =>
      log.warn({ err: err.message }, "database connection lost"),
    );
  }
  const pglite = await openPglite(`${config.dataDir}/pglite`);
  await migrate(pglite.session, null);
  return pglite.database();
}
