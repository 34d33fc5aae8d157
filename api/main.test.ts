import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { buildPreparedFolder } from "./db/prepared.ts";

// Three whole starts in one test, on machines that are busy with other tests.
vi.setConfig({ testTimeout: 120_000 });

const dataDir = mkdtempSync(join(tmpdir(), "renus-main-"));
const children = new Set<ChildProcess>();
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(dataDir, { recursive: true, force: true });
});

interface Started {
  child: ChildProcess;
  /** Everything written so far. */
  stdout(): string;
  stderr(): string;
  /** The exit code, once it has ended and said everything. */
  ended: Promise<number | null>;
  /** Resolves with the origin once it listens; rejects with its words when it ends before. */
  ready: Promise<string>;
}

function start(environment: Record<string, string> = {}): Started {
  const child = spawn(process.execPath, ["api/main.ts"], {
    cwd: resolve(import.meta.dirname, ".."),
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], HOST: "127.0.0.1", PORT: "0", DATA_DIR: dataDir, ...environment },
  });
  children.add(child);
  let stdout = "";
  let stderr = "";
  const ended = new Promise<number | null>((done) => child.once("close", (code) => done(code)));
  const ready = new Promise<string>((done, fail) => {
    child.stdout!.setEncoding("utf8").on("data", (chunk: string) => {
      stdout += chunk;
      const url = /"url":"([^"]+)".*"msg":"listening"/.exec(stdout)?.[1];
      if (url) done(url);
    });
    void ended.then(() => fail(new Error(stderr)));
  });
  ready.catch(() => {});
  child.stderr!.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
  return { child, stdout: () => stdout, stderr: () => stderr, ended, ready };
}

test("first start: words to the terminal, JSON lines to stdout, the password once and in no log; SIGTERM ends it in order", async () => {
  await buildPreparedFolder();
  const first = start();
  const url = await first.ready;
  expect(first.stderr()).toContain(`${url}/admin/`);
  const password = /Password +(\S{20})\b/.exec(first.stderr())![1]!;

  const body = JSON.stringify({ email: "admin@localhost", password });
  const headers = { "Content-Type": "application/json" };
  const session = await fetch(`${url}/auth/v1/token?grant_type=password`, { method: "POST", body, headers }).then((res) =>
    res.json(),
  );
  const token: string = session.access_token;
  const me = await fetch(`${url}/me?token=${token}`, { headers: { Authorization: `Bearer ${token}` } });
  expect(me.status).toBe(200);

  first.child.kill("SIGTERM");
  expect(await first.ended).toBe(0);
  const lines = first
    .stdout()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.map((line) => line.msg)).toEqual(expect.arrayContaining(["listening", "request", "stopping"]));
  expect(lines.find((line) => line.path === "/me")).toMatchObject({ method: "GET", status: 200, request_id: expect.any(String) });
  for (const secret of [password, token, session.refresh_token, readFileSync(join(dataDir, "jwt-secret"), "utf8")]) {
    expect(first.stdout()).not.toContain(secret);
  }
  expect(statSync(join(dataDir, "jwt-secret")).mode & 0o077).toBe(0);

  const second = start({ LOG_LEVEL: "info" });
  const secondUrl = await second.ready;
  expect(second.stderr()).not.toMatch(/password/i);
  // The secret was kept, so the sign-in survives the restart.
  const again = await fetch(`${secondUrl}/me`, { headers: { Authorization: `Bearer ${token}` } });
  expect(again.status).toBe(200);
  second.child.kill("SIGINT");
  expect(await second.ended).toBe(0);
});

test("a wrong environment is told in words, all problems at once", async () => {
  const { ended, stderr, stdout } = start({ PORT: "eighty", DATABASE_URL: "mysql://x", LOG_LEVEL: "loud", JWT_SECRET: "short" });
  expect(await ended).toBe(1);
  for (const name of ["PORT", "DATABASE_URL", "LOG_LEVEL", "JWT_SECRET"]) expect(stderr()).toContain(`- ${name} `);
  expect(stderr()).not.toMatch(/\n {4}at /);
  expect(stdout()).toBe("");
});

test("a port that is taken is told in words", async () => {
  const taken = createServer();
  await new Promise<void>((done) => taken.listen(0, "127.0.0.1", done));
  const { port } = taken.address() as { port: number };
  const folder = mkdtempSync(join(tmpdir(), "renus-main-"));
  const { ended, stderr } = start({ PORT: String(port), DATA_DIR: folder });
  expect(await ended).toBe(1);
  expect(stderr()).toContain("choose another PORT");
  expect(stderr()).not.toMatch(/\n {4}at /);
  taken.close();
  rmSync(folder, { recursive: true, force: true });
});
