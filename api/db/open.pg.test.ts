import pg from "pg";
import { pino } from "pino";
import { expect, test } from "vitest";
import { createPostgresDatabase, sharedPostgres, TEST_JWT_SECRET } from "../../tests/support/postgres.ts";
import { readConfig } from "../config.ts";
import { SYSTEM } from "./actor.ts";
import { openDatabase } from "./open.ts";
import { apiConnectionString, withOwnerSession } from "./postgres.ts";

const log = pino({ level: "silent" });
const open = (databaseUrl: string) =>
  openDatabase(readConfig({ DATABASE_URL: databaseUrl, JWT_SECRET: TEST_JWT_SECRET, LOG_LEVEL: "silent" }), log);
const refusal = (databaseUrl: string) =>
  open(databaseUrl).then(
    () => "opened",
    (err: Error) => `${err.name}: ${err.message}`,
  );

test("an empty database is migrated, and opened under the role without rights", async () => {
  const db = await open(await createPostgresDatabase({ isMigrated: false }));
  await db.ping();
  expect(await db.as(SYSTEM, (trx) => trx.selectFrom("agents").select("id").execute())).toEqual([]);
  await db.close();
});

test("refusals say what is wrong and what to do, without the password", async () => {
  const server = await sharedPostgres();
  const good = new URL(await createPostgresDatabase());
  const changed = (change: (url: URL) => void) => {
    const url = new URL(good);
    change(url);
    return url.toString();
  };
  expect(await refusal(changed((url) => (url.port = "1")))).toContain(
    "DatabaseStartError: No PostgreSQL answers at 127.0.0.1:1. Is it running",
  );
  expect(await refusal(changed((url) => (url.hostname = "no-such-host.invalid")))).toContain("is not known");
  const wrong = await refusal(changed((url) => (url.password = "not-the-password")));
  expect(wrong).toContain('refused the password of user "renus_owner"');
  expect(wrong).not.toContain("not-the-password");
  expect(await refusal(changed((url) => (url.pathname = "/missing")))).toContain('There is no database "missing"');

  await withOwnerSession(server.superUrl("postgres"), async (session) => {
    await session.exec("create role weak login password 'weak'");
    await session.query("create database weak_database");
  });
  const weak = changed((url) => Object.assign(url, { username: "weak", password: "weak", pathname: "/weak_database" }));
  expect(await refusal(weak)).toContain('User "weak" may not prepare the database "weak_database"');
});

test("a changed JWT_SECRET is the login role's new password from the next start on", async () => {
  const url = await createPostgresDatabase();
  await (await open(url)).close();
  const changed = readConfig({ DATABASE_URL: url, JWT_SECRET: "another secret of the same length, 48 bytes long" });
  const db = await openDatabase(changed, log);
  await db.ping();
  await db.close();
  await expect(new pg.Client({ connectionString: apiConnectionString(url, TEST_JWT_SECRET) }).connect()).rejects.toThrow(
    "password",
  );
  await (await open(url)).close();
});
