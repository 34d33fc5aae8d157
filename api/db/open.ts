import { join } from "node:path";
import type { Logger } from "pino";
import type { Config } from "../config.ts";
import type { Database } from "./database.ts";
import { lockDirectory } from "./dir-lock.ts";
import { migrate, migrateEmbedded } from "./migrate.ts";
import { openPglite } from "./pglite.ts";
import { apiConnectionString, apiRolePassword, openPostgres, withOwnerSession } from "./postgres.ts";
import { copyPreparedFolder, preparedFolderPath } from "./prepared.ts";
import { DatabaseStartError, explainPostgresError } from "./start-error.ts";

/** 10 connections do what 2 to 8 cores of a PostgreSQL server can; more only wait inside of it. */
const CONNECTIONS_MAX = 10;

type OnMigrated = (versions: readonly string[]) => void;

/** Migrates and opens the database of the configuration. Throws DatabaseStartError with the reason in words. */
export async function openDatabase(
  config: Config,
  log: Logger,
  onMigrated: OnMigrated = (versions) => log.info({ versions }, "database migrated"),
): Promise<Database> {
  return config.databaseUrl ? openServer(config.databaseUrl, config, log, onMigrated) : openEmbedded(config.dataDir, onMigrated);
}

async function openServer(databaseUrl: string, config: Config, log: Logger, onMigrated: OnMigrated): Promise<Database> {
  try {
    const applied = await withOwnerSession(databaseUrl, (session) => migrate(session, apiRolePassword(config.jwtSecret)));
    if (applied.length > 0) onMigrated(applied);
  } catch (err) {
    throw explainPostgresError(err, databaseUrl);
  }
  const apiUrl = apiConnectionString(databaseUrl, config.jwtSecret);
  const db = openPostgres(apiUrl, CONNECTIONS_MAX, (err) => log.warn({ err: err.message }, "database connection lost"));
  try {
    await db.ping();
    return db;
  } catch (err) {
    await db.close();
    throw explainPostgresError(err, apiUrl);
  }
}

async function openEmbedded(dataDir: string, onMigrated: OnMigrated): Promise<Database> {
  const lock = lockDirectory(dataDir);
  try {
    const folder = join(dataDir, "pglite");
    await copyPreparedFolder(preparedFolderPath(), folder);
    const pglite = await openPglite(folder);
    try {
      const applied = await migrateEmbedded(pglite.session);
      if (applied.length > 0) onMigrated(applied);
      const db = await pglite.database();
      return {
        ...db,
        async close() {
          await db.close();
          lock.release();
        },
      };
    } catch (err) {
      await pglite.close();
      throw err;
    }
  } catch (err) {
    lock.release();
    if (err instanceof DatabaseStartError) throw err;
    throw new DatabaseStartError(
      `The embedded database in ${dataDir} cannot be opened: ${(err as Error).message}. If the folder was damaged, restore a backup or move it away to start empty.`,
      { cause: err },
    );
  }
}
