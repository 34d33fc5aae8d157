import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { REAL_SERVER_EMAIL, REAL_SERVER_PASSWORD, startRealServer, type RealServer } from "../../../tests/support/real-server.ts";
import { renus } from "../../../tests/support/renus.ts";
import { tableContents } from "../../../tests/support/table-contents.ts";
import { openPglite, type Pglite } from "../../db/pglite.ts";
import { buildPreparedFolder } from "../../db/prepared.ts";

const folder = mkdtempSync(join(tmpdir(), "renus-backup-"));
let server: RealServer;
beforeAll(async () => {
  await buildPreparedFolder();
  // The secret is generated and kept in the data folder.
  server = await startRealServer({ JWT_SECRET: "" });
});
afterAll(async () => {
  await server.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function contentsOf(pglite: Pglite) {
  try {
    return await tableContents(pglite.session);
  } finally {
    await pglite.close();
  }
}

test("what is saved while the server writes is restored: every table, and the secret under which people are signed in", async () => {
  const agent = await server.createPublishedAgent({ name: "Aria" });
  const { access_token: token } = await server.call<{ access_token: string }>(
    "POST",
    "/auth/v1/token?grant_type=password",
    { email: REAL_SERVER_EMAIL, password: REAL_SERVER_PASSWORD },
    null,
  );
  const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  await server.call("PUT", `/agents/${agent.id}/picture`, { data: png });
  const writing = (async () => {
    for (let count = 0; count < 20; count++) await server.createSession(agent.slug!);
  })();
  const backup = join(folder, "backup");
  const saved = await renus(["backup", backup], { environment: { DATA_DIR: server.dataDir } });
  expect(saved).toMatchObject({ code: 0, stderr: "", stdout: expect.stringMatching(/^Saved to .* \(\d+\.\d MiB\)\.\n$/) });
  await writing;
  expect(statSync(backup).mode & 0o077).toBe(0);
  expect(readdirSync(backup).toSorted()).toEqual(["jwt-secret", "pglite.tar.gz", "pictures", "renus.json"]);
  const again = await renus(["backup", backup], { environment: { DATA_DIR: server.dataDir } });
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("is there already") });

  // Nobody writes any more: what is saved has to be the same to the last row.
  await server.kill("SIGTERM");
  const before = await contentsOf(await openPglite(join(server.dataDir, "pglite")));
  const closed = join(folder, "closed");
  expect(await renus(["backup", closed], { environment: { DATA_DIR: server.dataDir } })).toMatchObject({ code: 0, stderr: "" });
  const dump = readFileSync(join(closed, "pglite.tar.gz"));
  expect(await contentsOf(await openPglite(null, dump))).toEqual(before);
  expect(before["public.agents"]!.some((row) => row.includes('"Aria"'))).toBe(true);
  expect(Object.keys(before)).toEqual(
    expect.arrayContaining(["auth.users", "public.messages", "supabase_migrations.schema_migrations"]),
  );

  // The one of the running server begins with the same past, and serves.
  const live = join(folder, "live");
  expect(await renus(["restore", backup], { environment: { DATA_DIR: live } })).toMatchObject({ code: 0, stderr: "" });
  const serving = await startRealServer({ JWT_SECRET: "", DATA_DIR: live });
  try {
    expect(await serving.call("GET", "/me", undefined, token)).toMatchObject({ user: { email: REAL_SERVER_EMAIL } });
    expect(await serving.call("GET", `/public/agents/${agent.slug}`, undefined, null)).toMatchObject({ name: "Aria" });
    const picture = readdirSync(join(server.dataDir, "pictures"))[0]!;
    expect((await fetch(`${serving.url}/pictures/${picture}`)).status).toBe(200);
    const busy = await renus(["restore", backup], { environment: { DATA_DIR: live } });
    expect(busy).toMatchObject({ code: 1, stderr: expect.stringContaining("already uses the data folder") });
  } finally {
    await serving.remove();
  }
  expect(readFileSync(join(live, "jwt-secret"), "utf8")).toBe(readFileSync(join(server.dataDir, "jwt-secret"), "utf8"));
  expect(statSync(join(live, "jwt-secret")).mode & 0o077).toBe(0);
}, 120_000);

test("nothing is overwritten, and what is no backup or of a later version is refused in words", async () => {
  const backup = join(folder, "backup");
  const taken = await renus(["restore", backup], { environment: { DATA_DIR: server.dataDir } });
  expect(taken).toMatchObject({ code: 1, stderr: expect.stringContaining("There is a database in") });
  const environment = { DATA_DIR: join(folder, "unused") };
  expect((await renus(["restore", folder], { environment })).stderr).toContain("is no backup");
  const later = join(folder, "later");
  mkdirSync(later);
  const manifest = { ...JSON.parse(readFileSync(join(backup, "renus.json"), "utf8")), migration: "20991231000000" };
  writeFileSync(join(later, "renus.json"), JSON.stringify(manifest));
  expect((await renus(["restore", later], { environment })).stderr).toContain("by a later version");
  const nothing = await renus(["backup", join(folder, "nothing")], { environment });
  expect(nothing).toMatchObject({ code: 1, stderr: expect.stringContaining("There is no database in") });
  expect(existsSync(join(folder, "nothing"))).toBe(false);
});
