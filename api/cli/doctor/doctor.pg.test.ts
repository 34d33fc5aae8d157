import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { freePort } from "../../../tests/support/kept-process.ts";
import { createPostgresDatabase, sharedPostgres, TEST_JWT_SECRET } from "../../../tests/support/postgres.ts";
import { startRedis } from "../../../tests/support/redis.ts";
import { readConfig } from "../../config.ts";
import { withOwnerSession } from "../../db/postgres.ts";
import { checkDatabase } from "./database.ts";
import { checkRedis } from "./parts.ts";

const dataDir = mkdtempSync(join(tmpdir(), "renus-doctor-"));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

const look = (url: string, secret = TEST_JWT_SECRET) =>
  checkDatabase(readConfig({ DATA_DIR: dataDir, DATABASE_URL: url, JWT_SECRET: secret }), null);

test("a database that is as it should be, and one of whose agents any website may show", async () => {
  const url = await createPostgresDatabase();
  const findings = await look(url);
  expect(findings.map(({ level, name }) => `${level} ${name}`)).toEqual(
    ["Database", "Allow-lists", "Clock", "Login", "Notifications"].map((name) => `ok ${name}`),
  );
  await withOwnerSession(url, (session) =>
    session.exec(`with company as (insert into public.clients (name) values ('Company') returning id)
      insert into public.agents (client_id, name, slug, status, is_public, system_prompt, model, channel, config)
      select id, name, lower(name), 'active', true, 'You help.', 'm', 'web', config::jsonb from company,
      (values ('Anywhere', '{}'), ('Nowhere', '{"allowed_origins": []}'), ('Shop', '{"allowed_origins": ["https://shop.example"]}')) a (name, config)`),
  );
  const open = (await look(url)).find(({ name }) => name === "Allow-lists")!;
  expect(open.level).toBe("warning");
  expect(open.words).toMatch(/“Anywhere”, “Nowhere”,/);
  const other = await look(url, "another secret that is long enough, 40 b.");
  expect(other.find(({ name }) => name === "Login")).toMatchObject({
    level: "problem",
    words: expect.stringContaining("same JWT_SECRET"),
  });
});

test("a database that is empty, away, unknown, or behind a pooler", async () => {
  const [only] = await look(await createPostgresDatabase({ isMigrated: false }));
  expect(only).toMatchObject({ level: "problem", words: expect.stringMatching(/It lacks \d+ of this version's migrations/) });
  const { port, url } = await sharedPostgres();
  const words = async (address: string) => {
    const findings = await look(address);
    expect(findings.map(({ level }) => level)).toEqual(["problem"]);
    expect(findings[0]!.words).not.toContain("wrong-password");
    return findings[0]!.words;
  };
  expect(await words(`postgres://renus_owner:renus_owner@127.0.0.1:${await freePort()}/x`)).toContain("No PostgreSQL answers");
  expect(await words(url("nowhere"))).toContain('There is no database "nowhere"');
  expect(await words(`postgres://renus_owner:wrong-password@127.0.0.1:${port}/postgres`)).toContain("refused the password");
  expect(await words(`postgres://postgres.abc:wrong-password@aws-0.pooler.supabase.com:6543/postgres`)).toContain("no LISTEN");
});

test("Redis answers, or does not", async () => {
  const redis = await startRedis();
  expect(await checkRedis(redis.url)).toMatchObject({ level: "ok" });
  await redis.stop();
  expect(await checkRedis(redis.url)).toMatchObject({ level: "problem" });
});
