import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { renus } from "../../tests/support/renus.ts";
import { REAL_SERVER_SECRET, startRealServer, type RealServer } from "../../tests/support/real-server.ts";
import { buildPreparedFolder } from "../db/prepared.ts";

let server: RealServer;
/** What the server was started with, as far as commands need it. */
let environment: Record<string, string>;
const folder = mkdtempSync(join(tmpdir(), "renus-cli-"));
beforeAll(async () => {
  await buildPreparedFolder();
  server = await startRealServer();
  environment = { DATA_DIR: server.dataDir, JWT_SECRET: REAL_SERVER_SECRET };
});
afterAll(async () => {
  await server.remove();
  rmSync(folder, { recursive: true, force: true });
});

test("a wrong environment is told in words, and what has no command is a wrong usage", async () => {
  const wrong = await renus(["migrate"], { environment: { DATABASE_URL: "mysql://x" } });
  expect(wrong.code).toBe(1);
  expect(wrong.stderr).toContain("- DATABASE_URL must be");
  expect(wrong.stderr).not.toMatch(/\n {4}at /);
  const [none, unknown, help] = await Promise.all([renus([]), renus(["migrate", "--fast"]), renus(["migrate", "--help"])]);
  expect(none).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("Usage: renus COMMAND") });
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toBe("There is no option --fast.\n\nUsage: renus migrate\n");
  expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining("Usage: renus migrate\n"), stderr: "" });
});

describe("while the server has the embedded database open", () => {
  test("a person is added through it, and signs in with the password that is printed once", async () => {
    const added = await renus(["user", "add", "Ana@example.test"], { environment });
    expect(added).toMatchObject({ code: 0, stderr: "" });
    const password = /^Password: (\S{20})$/m.exec(added.stdout)![1]!;
    const signedIn = await server.call<{ access_token: string }>(
      "POST",
      "/auth/v1/token?grant_type=password",
      { email: "ana@example.test", password },
      null,
    );
    const { user } = await server.call<{ user: object }>("GET", "/me", undefined, signedIn.access_token);
    expect(user).toMatchObject({ role: "client", client_id: expect.any(String) });
    expect(server.output()).not.toContain(password);
  });

  test("an administrator's password comes from stdin and is not printed", async () => {
    const args = ["user", "add", "root@example.test", "--role", "admin", "--password-stdin"];
    const added = await renus(args, { environment, input: "the words of a poem\n" });
    expect(added).toMatchObject({ code: 0, stderr: "" });
    expect(added.stdout).not.toMatch(/password/i);
    await server.call(
      "POST",
      "/auth/v1/token?grant_type=password",
      { email: "root@example.test", password: "the words of a poem" },
      null,
    );
  });

  test("what is wrong is told as if it ran here", async () => {
    const taken = await renus(["user", "add", "ana@example.test"], { environment });
    expect(taken).toMatchObject({ code: 1, stdout: "" });
    expect(taken.stderr).toContain("Somebody has this e-mail address already.");
    const wrong = await renus(["user", "add", "ana", "--role", "king"], { environment });
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toMatch(/email: .*\nrole: /);
    const unknown = await renus(["user", "add", "bob@example.test", "--client", "Nobody Ltd"], { environment });
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain("There is no company “Nobody Ltd”.");
    await server.call("POST", "/clients", { name: "Second" });
    const which = await renus(["user", "add", "bob@example.test"], { environment });
    expect(which.code).toBe(1);
    expect(which.stderr).toMatch(/--client with one of these:\n.*My company\n.*Second/);
    expect((await renus(["user", "add", "bob@example.test", "--client", "Second"], { environment })).code).toBe(0);
  });

  test("nobody else may open the socket, and a command that needs the folder for itself is refused", async () => {
    expect(statSync(join(server.dataDir, "control.sock")).mode & 0o777).toBe(0o600);
    const { code, stderr } = await renus(["migrate"], { environment });
    expect(code).toBe(1);
    expect(stderr).toContain("already uses the data folder");
  });
});

describe("while no server runs", () => {
  test("the database is migrated once", async () => {
    const own = { DATA_DIR: join(folder, "migrate") };
    expect(await renus(["migrate"], { environment: own })).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^(Applied: \d{14}.*\. )?The database is up to date\.\n$/),
    });
    expect(await renus(["migrate"], { environment: own })).toMatchObject({ code: 0, stdout: "The database is up to date.\n" });
    // Nobody has started it yet, so there is no company to belong to.
    const early = await renus(["user", "add", "ana@example.test"], { environment: own });
    expect(early).toMatchObject({ code: 1, stderr: expect.stringContaining("There is no company yet") });
  });

  test("a socket that a killed server left behind is no hindrance, neither to commands nor to the next start", async () => {
    await server.kill();
    const args = ["user", "add", "late@example.test", "--role", "admin", "--password-stdin"];
    expect(await renus(args, { environment, input: "the words of a song" })).toMatchObject({ code: 0, stderr: "" });
    await server.start();
    const again = await renus(args, { environment, input: "the words of a song" });
    expect(again.stderr).toContain("Somebody has this e-mail address already.");
  });
});
