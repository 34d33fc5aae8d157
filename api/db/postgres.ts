import { createHmac } from "node:crypto";
import pg from "pg";
import { createDatabase, type Database } from "./database.ts";
import type { SqlSession } from "./migrate.ts";

/** int8 as a number and times as ISO 8601 UTC, as on the wire; per connection, not globally. */
const types: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: "text" | "binary") {
    if (oid === 20) return Number;
    if (oid === 1184) return (value: string) => new Date(value).toISOString();
    if (oid === 1114) return (value: string) => new Date(`${value}Z`).toISOString();
    return pg.types.getTypeParser(oid, format as "text");
  },
} as pg.CustomTypesConfig;

/** The password of `renus_api`: every node derives the same one, nobody has to carry another secret. */
export function apiRolePassword(jwtSecret: string): string {
  return createHmac("sha256", jwtSecret).update("renus_api database role").digest("base64url");
}

/** The same server and database, as `renus_api`. Supabase's session pooler wants `role.project` as user name. */
export function apiConnectionString(databaseUrl: string, jwtSecret: string): string {
  const url = new URL(databaseUrl);
  const project = decodeURIComponent(url.username).split(".")[1];
  url.username = project ? `renus_api.${project}` : "renus_api";
  url.password = apiRolePassword(jwtSecret);
  return url.toString();
}

/** A process that starts reads its code meanwhile: on a busy machine it looks at its connection again only after 10 seconds. */
const FIRST_CONNECT_MS_MAX = 30_000;

/** Runs `fn` on one connection of the owner; for migrations. */
export async function withOwnerSession<T>(databaseUrl: string, fn: (session: SqlSession) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: databaseUrl, types, connectionTimeoutMillis: FIRST_CONNECT_MS_MAX });
  await client.connect();
  try {
    return await fn({
      query: async (sqlText, params) => (await client.query(sqlText, params as unknown[])).rows as Record<string, unknown>[],
      exec: async (sqlText) => void (await client.query(sqlText)),
    });
  } finally {
    await client.end();
  }
}

/** Pool of at most `connectionsMax` connections as `renus_api`. `onError` hears of idle connections that broke. */
export function openPostgres(connectionString: string, connectionsMax: number, onError: (err: Error) => void): Database {
  const pool = new pg.Pool({
    connectionString,
    types,
    max: connectionsMax,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  });
  pool.on("error", onError);
  // One that breaks between two statements of a transaction tells nobody else, and would end the process.
  pool.on("connect", (client) => client.on("error", () => {}));
  return createDatabase("postgres", pool);
}
