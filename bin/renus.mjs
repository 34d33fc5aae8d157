#!/usr/bin/env node
// Finds the Node that the server needs, reads .env, and hands over. Plain JavaScript that any Node from 20.12 on runs.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import module, { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
// The sources where they are, which are never out of date; a packed release and the image hold what was built of them.
const main = [join("api", "cli", "main.ts"), join("dist", "server", "cli.js")]
  .map((path) => join(root, path))
  .find((path) => existsSync(path));
// What Node has compiled once it need not compile again; where nothing may be written it does so each time.
const compiled = join(root, ".cache", "compiled");

if (existsSync(".env")) process.loadEnvFile();
const [major, minor] = process.versions.node.split(".").map(Number);
if (major > 24 || (major === 24 && minor >= 12)) {
  module.enableCompileCache(compiled);
  await import(main);
} else runUnder(findNode());

/** One of the packages that hold a Node and that npm installs for this platform. */
function findNode() {
  const { optionalDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const { resolve } = createRequire(import.meta.url);
  for (const name of Object.keys(optionalDependencies)) {
    try {
      return join(dirname(resolve(`${name}/package.json`)), "bin", process.platform === "win32" ? "node.exe" : "node");
    } catch {
      // Of another platform.
    }
  }
  process.stderr.write(
    `Renus needs Node 24.12 or newer; this is ${process.versions.node}, and npm has none for ${process.platform} ${process.arch}. Install it from https://nodejs.org.\n`,
  );
  process.exit(1);
}

function runUnder(node) {
  const child = spawn(node, [main, ...process.argv.slice(2)], {
    stdio: "inherit",
    env: { NODE_COMPILE_CACHE: compiled, ...process.env },
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      // A terminal has told the child already, and a second SIGINT would cut its orderly end short.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on("error", (err) => {
    process.stderr.write(`${node} could not be run: ${err.message}\n`);
    process.exit(1);
  });
  child.on("close", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}
