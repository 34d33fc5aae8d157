import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, expect, test } from "vitest";
import { readConfig } from "../config.ts";
import { SYSTEM } from "./actor.ts";
import { migrateEmbedded, type SqlSession } from "./migrate.ts";
import { openDatabase } from "./open.ts";
import { openPglite } from "./pglite.ts";
import { buildPreparedFolder } from "./prepared.ts";

const log = pino({ level: "silent" });
const folders: string[] = [];
afterEach(() => {
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true });
});
const folder = () => {
  const path = mkdtempSync(join(tmpdir(), "renus-open-"));
  folders.push(path);
  return path;
};
const open = (dataDir: string) => openDatabase(readConfig({ DATA_DIR: dataDir }), log);

test("a first start copies the prepared folder; what is written is there after the next", async () => {
  await buildPreparedFolder();
  const dir = folder();
  const first = await open(dir);
  await first.as(SYSTEM, (trx) => trx.insertInto("clients").values({ name: "Kept" }).execute());
  await first.close();
  const second = await open(dir);
  expect(await second.as(SYSTEM, (trx) => trx.selectFrom("clients").select("name").execute())).toEqual([{ name: "Kept" }]);
  await second.close();
});

test("a second process is refused while the first lives; after kill -9 the acknowledged row is there", async () => {
  const dir = folder();
  const script = `
    const load = (name) => import(new URL(name, ${JSON.stringify(import.meta.url)}).href);
    const [{ openDatabase }, { readConfig }, { SYSTEM }, { pino }] = await Promise.all(
      ["./open.ts", "../config.ts", "./actor.ts"].map(load).concat(import(${JSON.stringify(import.meta.resolve("pino"))})));
    const db = await openDatabase(readConfig({ DATA_DIR: ${JSON.stringify(dir)} }), pino({ level: "silent" }));
    await db.as(SYSTEM, (trx) => trx.insertInto("clients").values({ name: "Acknowledged" }).execute());
    process.stdout.write("written");
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    expect(String((await once(child.stdout, "data"))[0])).toBe("written");
    await expect(open(dir)).rejects.toThrow(`Another process (${child.pid}) already uses the data folder ${dir}. Stop it first`);
  } finally {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  const db = await open(dir);
  expect(await db.as(SYSTEM, (trx) => trx.selectFrom("clients").select("name").execute())).toEqual([{ name: "Acknowledged" }]);
  await db.close();
});

test("a folder that this version has migrated is only looked at; one of another version is migrated again", async () => {
  const dir = folder();
  await (await open(dir)).close();
  const pglite = await openPglite(join(dir, "pglite"));
  const asked: string[] = [];
  const session: SqlSession = {
    query: (sqlText, params) => (asked.push(sqlText), pglite.session.query(sqlText, params)),
    exec: (sqlText) => (asked.push(sqlText), pglite.session.exec(sqlText)),
  };
  const settings = async () =>
    (await pglite.session.query("select rolconfig from pg_roles where rolname = 'renus_api'"))[0]!["rolconfig"];
  const before = await settings();
  expect(await migrateEmbedded(session)).toEqual([]);
  expect(asked).toHaveLength(1);

  await pglite.session.exec("alter role renus_api reset all; comment on schema supabase_migrations is 'of another version'");
  expect(await migrateEmbedded(session)).toEqual([]);
  expect(await settings()).toEqual(before);
  asked.length = 0;
  await migrateEmbedded(session);
  expect(asked).toHaveLength(1);
  await pglite.close();
});

test("the embedded session cannot fall back to its superuser", async () => {
  const dir = folder();
  await (await open(dir)).close();
  const pglite = await openPglite(join(dir, "pglite"));
  const db = await pglite.database();
  for (const escape of [
    "reset role",
    "reset session authorization",
    "set session authorization default",
    "reset all",
    "discard all",
  ]) {
    await pglite.session.exec(escape);
    await expect(pglite.session.query("select * from public.agents"), escape).rejects.toThrow("permission denied");
  }
  await db.close();
});
