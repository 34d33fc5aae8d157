import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test, vi } from "vitest";
import { readMigrations } from "../api/db/migrate.ts";
import { openChatTab } from "./support/chat-tab.ts";
import { createPostgresDatabase, TEST_JWT_SECRET } from "./support/postgres.ts";
import { startRealServer, type RealServer } from "./support/real-server.ts";

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "renus-upgrade-"));
const servers: RealServer[] = [];
afterAll(async () => {
  for (const server of servers) await server.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** The last commit before the newest migration; null where this is no clone with its history. */
const before = await run("git", ["log", "-1", "--format=%H", "--", "supabase/migrations"], { cwd: ROOT })
  .then(({ stdout }) => run("git", ["rev-parse", "--verify", "--quiet", `${stdout.trim()}~1`], { cwd: ROOT }))
  .then(
    ({ stdout }) => stdout.trim(),
    () => null,
  );

/** The project as it was then, with the packages and the built pages of now. */
async function unpack(commit: string): Promise<string> {
  const old = join(folder, "old");
  mkdirSync(old);
  const archive = join(folder, "old.tar");
  await run("git", ["archive", "--format=tar", "-o", archive, commit, "api", "protocol", "supabase", "package.json"], {
    cwd: ROOT,
  });
  await run("tar", ["-xf", archive, "-C", old]);
  for (const name of ["node_modules", "dist"]) symlinkSync(join(ROOT, name), join(old, name));
  return old;
}

test.runIf(before)(
  "the version before and this one serve one database side by side, and the old one starts on what the new one has migrated",
  { timeout: 180_000 },
  async () => {
    const root = await unpack(before!);
    expect(readdirSync(join(root, "supabase/migrations")).length).toBeLessThan(readMigrations().length);
    const environment = { DATABASE_URL: await createPostgresDatabase({ isMigrated: false }), JWT_SECRET: TEST_JWT_SECRET };
    const old = await startRealServer(environment, root);
    servers.push(old);
    const agent = await old.createPublishedAgent({ name: "Aria" });
    const tab = await openChatTab(old.url, agent.slug!, await old.createSession(agent.slug!));
    let asked = 0;
    const ask = async () => {
      asked++;
      tab.client.send(`question ${asked}`);
      const done = () => {
        expect(tab.messages().filter(({ role }) => role === "visitor")).toHaveLength(asked);
        expect(tab.messages().at(-1)).toMatchObject({ role: "assistant", status: "complete" });
      };
      await vi.waitFor(done, { timeout: 30_000, interval: 50 });
    };
    await ask();

    const fresh = await startRealServer(environment);
    servers.push(fresh);
    // Nobody was thrown out, and whichever of them takes the job, the visitor has an answer.
    for (let count = 0; count < 3; count++) await ask();
    await fresh.call("PATCH", `/agents/${agent.id}`, { description: "Changed by the new version." });
    expect(await old.call("GET", `/public/agents/${agent.slug}`, undefined, null)).toMatchObject({
      description: "Changed by the new version.",
    });
    const other = await openChatTab(fresh.url, agent.slug!, await old.createSession(agent.slug!));
    other.client.send("Hello");
    await vi.waitFor(() => expect(other.messages().at(-1)).toMatchObject({ role: "assistant", status: "complete" }), {
      timeout: 30_000,
    });
    other.close();

    await old.kill("SIGTERM");
    await old.start();
    await ask();
    expect(await old.call("GET", `/agents/${agent.id}`)).toMatchObject({ name: "Aria" });
    tab.close();
  },
);
