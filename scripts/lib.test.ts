import { execFile, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "..");
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "renus-scripts-"));
  for (const name of ["package.json", "package-lock.json", "scripts"])
    cpSync(join(root, name), join(folder, name), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a module in the copied folder; `lib` is there as the scripts have it. */
function runModule(source: string, environment: Record<string, string> = {}): Promise<{ code: number; words: string }> {
  writeFileSync(join(folder, "scripts", "main.mjs"), `import * as lib from "./lib.mjs";\n${source}`);
  const env = { PATH: process.env["PATH"], HOME: folder, ...environment };
  return new Promise((done) => {
    execFile(process.execPath, ["scripts/main.mjs"], { cwd: folder, env }, (err, stdout, stderr) =>
      done({ code: err ? Number(err.code ?? 1) : 0, words: stdout + stderr }),
    );
  });
}

describe("a first start that cannot install", () => {
  test("says that the network is missing", { timeout: 60_000 }, async () => {
    const { code, words } = await runModule("await lib.runScript(() => lib.install());", {
      npm_config_registry: "http://127.0.0.1:9/",
      npm_config_fetch_retries: "0",
    });
    expect(code).toBe(1);
    expect(words).toContain("Installing packages");
    expect(words).toContain("npm could not reach its registry");
    expect(words).not.toContain("lib.mjs:");
  });

  test("says that npm is missing", async () => {
    const { code, words } = await runModule("await lib.runScript(() => lib.install());", { PATH: folder, npm_execpath: "" });
    expect(code).toBe(1);
    expect(words).toContain("npm was not found");
  });
});

describe("what counts as installed", () => {
  const lock = (packages: object) => writeFileSync(join(folder, "package-lock.json"), JSON.stringify({ packages }));
  const found = (packages: object) => {
    mkdirSync(join(folder, "node_modules"), { recursive: true });
    writeFileSync(join(folder, "node_modules", ".package-lock.json"), JSON.stringify({ packages }));
  };
  const isInstalled = async () => (await runModule("console.log(lib.isInstalled())")).words.trim();

  test("the versions of the lock file; packages of other platforms may be missing", async () => {
    lock({ "": {}, "node_modules/a": { version: "1.0.0" }, "node_modules/b": { version: "2.0.0", optional: true } });
    expect(await isInstalled()).toBe("false");
    found({ "node_modules/a": { version: "1.0.0" } });
    expect(await isInstalled()).toBe("true");
    found({ "node_modules/a": { version: "1.0.0" }, "node_modules/b": { version: "1.9.0" } });
    expect(await isInstalled()).toBe("false");
    found({ "node_modules/a": { version: "1.1.0" } });
    expect(await isInstalled()).toBe("false");
  });
});

describe("a command that is run", () => {
  test("keeps its exit code", async () => {
    const { code } = await runModule("await lib.runScript(async () => (await lib.runNode(['-e', 'process.exit(7)'])).code);");
    expect(code).toBe(7);
  });

  test("gets the signals that its parent gets, and may end orderly", async () => {
    const child =
      "process.on('SIGTERM', () => { console.log('orderly'); process.exit(5); }); require('node:fs').writeFileSync('up', ''); setInterval(() => {}, 1000)";
    const { code, words } = await runModule(
      `await lib.runScript(async () => {
         const running = lib.runNode(["-e", ${JSON.stringify(child)}], { isQuiet: true });
         const { existsSync } = await import("node:fs");
         const timer = setInterval(() => {
           if (!existsSync("up")) return;
           clearInterval(timer);
           process.kill(process.pid, "SIGTERM");
         }, 20);
         const { code, output } = await running;
         console.log(output);
         return code;
       });`,
    );
    expect(words).toContain("orderly");
    expect(code).toBe(5);
  });
});

test("what npm started ends orderly when npm is gone, because npm passes no signal on", { timeout: 30_000 }, async () => {
  const child = `process.on("SIGTERM", () => { require("node:fs").writeFileSync("orderly", ""); process.exit(0); });
    require("node:fs").writeFileSync("up", String(process.pid)); setInterval(() => {}, 1000);`;
  writeFileSync(
    join(folder, "scripts", "main.mjs"),
    `import { runNode, runScript } from "./lib.mjs"; await runScript(async () => (await runNode(["-e", ${JSON.stringify(child)}])).code);`,
  );
  const shell = spawn("sh", ["-c", `"${process.execPath}" scripts/main.mjs; :`], {
    cwd: folder,
    env: { PATH: process.env["PATH"], npm_lifecycle_event: "start" },
    stdio: "ignore",
  });
  const appears = async (name: string) => {
    while (!existsSync(join(folder, name))) await new Promise((next) => setTimeout(next, 20));
  };
  await appears("up");
  shell.kill("SIGKILL");
  await appears("orderly");
});

test("a hash changes with content and names of inputs, and not with tests", async () => {
  const hash = async () => (await runModule("console.log(lib.hashFiles(['widget', 'missing']))")).words.trim();
  mkdirSync(join(folder, "widget", "i18n"), { recursive: true });
  writeFileSync(join(folder, "widget", "i18n", "en.ts"), "1");
  const before = await hash();
  writeFileSync(join(folder, "widget", "i18n", "en.test.ts"), "1");
  expect(await hash()).toBe(before);
  writeFileSync(join(folder, "widget", "i18n", "en.ts"), "2");
  expect(await hash()).not.toBe(before);
});
