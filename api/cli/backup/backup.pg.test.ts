import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createPostgresDatabase, TEST_JWT_SECRET } from "../../../tests/support/postgres.ts";
import { renus } from "../../../tests/support/renus.ts";
import { startTestServer } from "../../../tests/support/server.ts";
import { tableContents } from "../../../tests/support/table-contents.ts";
import { apiConnectionString, openPostgres, withOwnerSession } from "../../db/postgres.ts";

const folder = mkdtempSync(join(tmpdir(), "renus-backup-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const environmentOf = (url: string) => ({ DATABASE_URL: url, JWT_SECRET: TEST_JWT_SECRET, DATA_DIR: join(folder, "data") });
const serve = (url: string) =>
  startTestServer({ db: openPostgres(apiConnectionString(url, TEST_JWT_SECRET), 4, () => {}), environment: environmentOf(url) });

test("a PostgreSQL database is saved by pg_dump and restored into an empty one, where the server serves it", async () => {
  const url = await createPostgresDatabase();
  const server = await serve(url);
  const agent = await server.createPublishedAgent({ name: "Aria" });
  await server.createSubAgent(agent.id);
  await server.createSession(agent.slug!);
  await server.stop();
  const backup = join(folder, "backup");
  const saved = await renus(["backup", backup], { environment: environmentOf(url) });
  expect(saved).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining("Keep JWT_SECRET with it") });

  const target = await createPostgresDatabase({ isMigrated: false });
  expect(await renus(["restore", backup], { environment: environmentOf(target) })).toMatchObject({ code: 0, stderr: "" });
  const [before, after] = await Promise.all([url, target].map((one) => withOwnerSession(one, tableContents)));
  expect(after).toEqual(before);
  expect(before!["public.sub_agents"]).toHaveLength(1);
  const restored = await serve(target);
  try {
    expect(await restored.ok("GET", `/public/agents/${agent.slug}`, { token: null })).toMatchObject({ name: "Aria" });
    expect(await restored.createSession(agent.slug!)).toMatchObject({ agent: { name: "Aria" } });
  } finally {
    await restored.stop();
  }

  const again = await renus(["restore", backup], { environment: environmentOf(target) });
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("Set DATABASE_URL to an empty one") });
  const other = await renus(["restore", backup], { environment: { DATA_DIR: join(folder, "data") } });
  expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining("a backup of a PostgreSQL database") });
});
