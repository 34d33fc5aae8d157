import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runProgram } from "../tests/support/renus.ts";
import { buildPreparedFolder, copyPreparedFolder } from "../api/db/prepared.ts";

const ROOT = resolve(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "renus-pack-"));
const installed = join(folder, "node_modules", "renus");
const program = join(folder, "node_modules", ".bin", "renus");
let files: string[];

/** Packed, unpacked where npm would, and its dependencies linked: their own are found from where they really are. */
beforeAll(async () => {
  const packed = await runProgram(process.execPath, ["scripts/pack.mjs"], { cwd: ROOT });
  expect(packed).toMatchObject({ code: 0, stderr: "" });
  const tarball = join(ROOT, packed.stdout.trim().split("\n").at(-1)!);
  mkdirSync(installed, { recursive: true });
  files = (await runProgram("tar", ["-tzf", tarball])).stdout.trim().split("\n");
  await runProgram("tar", ["-xzf", tarball, "-C", installed, "--strip-components=1"]);
  const { dependencies } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as { dependencies: object };
  for (const name of Object.keys(dependencies)) {
    mkdirSync(dirname(join(folder, "node_modules", name)), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
  }
  mkdirSync(dirname(program));
  symlinkSync("../renus/bin/renus.mjs", program);
  await copyPreparedFolder(await buildPreparedFolder(), join(folder, "data", "pglite"));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the package holds what runs, and nothing of how it was made", () => {
  const unwanted =
    /\.test\.|\.cases\.|(?<!\.d)\.ts$|-contract\.|^package\/(tests|bench|scripts|admin|widget|docs|examples|node_modules)\//;
  expect(files.filter((path) => unwanted.test(path))).toEqual([]);
  const folders = new Set(files.map((path) => path.split("/").slice(1, 2)[0]));
  expect([...folders].toSorted()).toEqual([".env.example", "LICENSE", "README.md", "bin", "dist", "package.json", "supabase"]);
  const manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  expect(manifest).toMatchObject({ name: "renus", bin: { renus: "bin/renus.mjs" } });
  expect(Object.keys(manifest.dependencies)).not.toContain("hono");
  expect(readFileSync(join(installed, "dist/server/LICENSES.txt"), "utf8")).toMatch(/^hono \d.*\n\nMIT License$/m);
  expect(manifest).not.toHaveProperty("private");
  expect(manifest).not.toHaveProperty("devDependencies");
  expect(manifest).not.toHaveProperty("scripts");
  for (const { types, default: path } of Object.values(manifest.exports as Record<string, { types: string; default: string }>))
    for (const one of [types, path]) expect(existsSync(join(installed, one)), one).toBe(true);
});

test("renus start serves from an empty folder and keeps its data in ./data", { timeout: 90_000 }, async () => {
  const child = spawn(program, ["start"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], PORT: "0" },
  });
  let words = "";
  for (const pipe of [child.stdout, child.stderr]) pipe.setEncoding("utf8").on("data", (chunk: string) => (words += chunk));
  const ended = new Promise<number | null>((done) => child.once("close", done));
  try {
    const url = await new Promise<string>((done, fail) => {
      child.stdout.on("data", () => {
        const found = /"url":"([^"]+)".*"msg":"listening"/.exec(words)?.[1];
        if (found) done(found);
      });
      void ended.then(() => fail(new Error(words)));
    });
    expect(await fetch(`${url}/healthz`).then((res) => res.json())).toMatchObject({ status: "ok" });
    for (const path of ["/admin/", "/widget/v1.js", "/openapi.json"]) expect((await fetch(url + path)).status, path).toBe(200);
    // Drawn in a worker of its own.
    const slug = /\/a\/([\w-]+)/.exec(words)![1];
    expect((await fetch(`${url}/a/${slug}/og.png`)).status).toBe(200);
    expect(existsSync(join(folder, "data", "jwt-secret"))).toBe(true);
    const added = await runProgram(program, ["user", "add", "ana@example.test"], { cwd: folder });
    expect(added).toMatchObject({ code: 0, stderr: "" });
  } finally {
    child.kill("SIGTERM");
  }
  expect(await ended).toBe(0);
});
