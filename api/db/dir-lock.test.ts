import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { lockDirectory } from "./dir-lock.ts";

const MODULE = new URL("./dir-lock.ts", import.meta.url).href;
const folders: string[] = [];
const children: ChildProcess[] = [];

function folder(name = "data"): string {
  const root = mkdtempSync(join(tmpdir(), "renus-lock-"));
  folders.push(root);
  return join(root, name);
}

/** Another process that takes the lock, says "held" or why not, and holds it until it dies. */
async function otherProcess(dir: string): Promise<{ child: ChildProcess; words: string }> {
  const script = `const { lockDirectory } = await import(${JSON.stringify(MODULE)});
    try { globalThis.lock = lockDirectory(${JSON.stringify(dir)}); process.stdout.write("held\\n"); }
    catch (err) { process.stdout.write(err.message + "\\n"); }
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const [chunk] = (await once(child.stdout!, "data")) as [Buffer];
  return { child, words: chunk.toString().trim() };
}

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true });
});

test("a second process is refused, and told who has the folder", async () => {
  const dir = folder();
  const { child, words } = await otherProcess(dir);
  expect(words).toBe("held");
  expect(() => lockDirectory(dir)).toThrow(`Another process (${child.pid}) already uses the data folder ${dir}`);
  expect((await otherProcess(dir)).words).toContain("already uses the data folder");
});

test("the folder is free after kill -9", async () => {
  const dir = folder();
  const { child } = await otherProcess(dir);
  child.kill("SIGKILL");
  await once(child, "exit");
  lockDirectory(dir).release();
});

test("of many that start at once after a crash exactly one gets it", async () => {
  const dir = folder();
  const { child } = await otherProcess(dir);
  child.kill("SIGKILL");
  await once(child, "exit");
  const starters = await Promise.all(Array.from({ length: 5 }, () => otherProcess(dir)));
  expect(starters.filter(({ words }) => words === "held")).toHaveLength(1);
});

test("also within one process, until it is released", () => {
  const dir = folder();
  const lock = lockDirectory(dir);
  expect(() => lockDirectory(dir)).toThrow("already uses");
  lock.release();
  lockDirectory(dir).release();
});

test("a path longer than a socket's name may be", () => {
  const dir = folder("x".repeat(120));
  const lock = lockDirectory(dir);
  expect(() => lockDirectory(dir)).toThrow("already uses");
  lock.release();
});
