// Shared by the scripts that have to run before anything is installed: plain JavaScript, Node ≥ 20, built-ins only.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
export const at = (...parts) => join(ROOT, ...parts);

/** A problem that a person can solve: its message is printed without a stack. */
export class Problem extends Error {
  name = "Problem";
}

export function say(text) {
  process.stdout.write(`${text}\n`);
}

/** Runs `main` and turns what it throws into words and an exit code; a number it returns is the exit code. */
export async function runScript(main) {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (err) {
    process.stderr.write(`\n${err instanceof Problem ? err.message : (err?.stack ?? err)}\n`);
    process.exitCode = 1;
  }
}

/** Lock entries that belong on this machine and what npm wrote about the last install, or null when there is none. */
function readLocks() {
  const wanted = JSON.parse(readFileSync(at("package-lock.json"), "utf8")).packages;
  try {
    return { wanted, found: JSON.parse(readFileSync(at("node_modules", ".package-lock.json"), "utf8")).packages };
  } catch {
    return { wanted, found: null };
  }
}

/** Whether node_modules holds exactly the versions of the lock file. */
export function isInstalled() {
  const { wanted, found } = readLocks();
  if (!found || !pinnedNode()) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === "") return true;
    const version = found[path]?.version;
    // Packages for other platforms are not installed, and that is right.
    return version === entry.version || (entry.optional === true && version === undefined);
  });
}

/** Path of the Node that package.json pins for this platform, null before the install or where npm has none. */
export function pinnedNode() {
  const { optionalDependencies } = JSON.parse(readFileSync(at("package.json"), "utf8"));
  const binary = process.platform === "win32" ? "bin/node.exe" : "bin/node";
  for (const name of Object.keys(optionalDependencies)) {
    const path = at("node_modules", name, binary);
    if (existsSync(path)) return path;
  }
  const [major, minor] = process.versions.node.split(".").map(Number);
  return major > 24 || (major === 24 && minor >= 12) ? process.execPath : null;
}

/** Installs what the lock file names, unless it is there. Throws Problem. */
export async function install() {
  if (isInstalled()) return;
  say(existsSync(at("node_modules")) ? "Packages have changed: installing them…" : "Installing packages (once, about a minute)…");
  const startedAt = Date.now();
  const { code, output } = await run(...npm(), ["ci", "--include=dev", "--include=optional", "--loglevel=error"], {
    tee: true,
    env: { NODE_ENV: "", npm_config_update_notifier: "false" },
  });
  if (code !== 0) throw new Problem(installProblem(output));
  if (!pinnedNode()) {
    throw new Problem(
      `npm has no Node 24 for ${process.platform} ${process.arch}. Install Node 24.12 or newer (https://nodejs.org) and start again.`,
    );
  }
  say(`Packages are installed (${seconds(startedAt)}).`);
}

/** npm as command and leading arguments: the one that started this script, else the one in PATH. */
export function npm() {
  const started = process.env.npm_execpath;
  if (started && /npm-cli\.c?js$/.test(started)) return [process.execPath, [started]];
  return process.platform === "win32" ? ["cmd.exe", ["/d", "/c", "npm"]] : ["npm", []];
}

function installProblem(output) {
  if (/ENOENT.*\bnpm\b|spawn npm/.test(output)) {
    return "npm was not found. Install Node with npm (https://nodejs.org), any version from 20 on, and start again.";
  }
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|network/i.test(output)) {
    return "npm could not reach its registry. The first start needs the network: check the connection, the proxy (npm config get proxy) and the registry (npm config get registry), then start again.";
  }
  if (/EACCES|EPERM/.test(output)) return `npm may not write to ${ROOT}. Check who owns the folder, then start again.`;
  if (/ENOSPC/.test(output)) return "The disk is full. The packages need about 500 MB.";
  return "npm could not install the packages; its words are above.";
}

const BROWSERS = {
  name: "the widget and the panel",
  inputs: ["client", "protocol", "widget", "admin", "tsconfig.base.json", "tsconfig.web.json"],
  stamp: ".inputs",
  steps: [rollup(), [at("scripts", "finish-package.mjs")]],
};
const SERVER = {
  name: "the server",
  inputs: ["api", "protocol"],
  stamp: ".inputs-server",
  steps: [rollup("--configServer")],
};

function rollup(...args) {
  return [at("node_modules", "rollup", "dist", "bin", "rollup"), "-c", "--silent", ...args];
}

/** Builds what browsers get and, unless it runs from its sources, the server: each when its inputs have changed. Throws Problem. */
export async function build({ isForced = false, withServer = true } = {}) {
  await Promise.all((withServer ? [BROWSERS, SERVER] : [BROWSERS]).map((part) => buildPart(part, isForced)));
}

async function buildPart({ name, inputs, stamp, steps }, isForced) {
  const hash = hashFiles([...inputs, "rollup.config.js", "package.json", "package-lock.json"]);
  const stampPath = at("dist", stamp);
  if (!isForced && existsSync(stampPath) && readFileSync(stampPath, "utf8") === hash) return;
  say(`Building ${name}…`);
  const startedAt = Date.now();
  for (const step of steps) {
    const { code, output } = await runNode(step, { isQuiet: true });
    if (code !== 0)
      throw new Problem(`${output}\n${name[0].toUpperCase()}${name.slice(1)} could not be built; the words are above.`);
  }
  mkdirSync(at("dist"), { recursive: true });
  writeFileSync(stampPath, hash);
  say(`Built ${name} (${seconds(startedAt)}).`);
}

/** Makes the migrated data folder that lets a first start skip the migrations. Optional: a failure only costs seconds. */
export async function prepareDatabase() {
  const script = at("scripts", "prepare-database.ts");
  const hash = hashFiles(["supabase", "api/db", "package-lock.json"]);
  const stamp = at(".cache", "prepared.inputs");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return;
  say("Preparing the embedded database…");
  const startedAt = Date.now();
  const { code } = await runNode([script], {});
  if (code !== 0) return;
  mkdirSync(at(".cache"), { recursive: true });
  writeFileSync(stamp, hash);
  say(`It is prepared (${seconds(startedAt)}).`);
}

/** SHA-256 over names and contents of files and, recursively, folders below the root; missing ones are skipped. */
export function hashFiles(paths) {
  const hash = createHash("sha256");
  const visit = (path) => {
    const full = at(path);
    if (!existsSync(full)) return;
    if (statSync(full).isDirectory()) {
      for (const name of readdirSync(full).sort()) visit(join(path, name));
    } else if (!path.endsWith(".test.ts")) {
      hash.update(path).update("\0").update(readFileSync(full)).update("\0");
    }
  };
  for (const path of paths) visit(path);
  return hash.digest("hex");
}

/** Arguments of Node that read `.env`, when there is one. */
export function envFile() {
  return existsSync(at(".env")) ? ["--env-file=.env"] : [];
}

/** Runs the pinned Node in the project's folder. */
export function runNode(args, options = {}) {
  return run(pinnedNode() ?? process.execPath, args, [], options);
}

/**
 * Runs a command and waits for its end; signals to this process are passed on.
 * `isQuiet` keeps its output, `tee` shows and keeps it; an aborted `signal` kills it. A process that died of a signal has code 128 + its number.
 */
export function run(command, args, moreArgs = [], { isQuiet = false, tee = false, env = {}, signal } = {}) {
  return new Promise((resolve) => {
    const isKept = isQuiet || tee;
    const node = pinnedNode();
    const path = [node ? dirname(node) : "", at("node_modules", ".bin"), process.env.PATH].filter(Boolean).join(delimiter);
    const child = spawn(command, [...args, ...moreArgs], {
      cwd: ROOT,
      stdio: isKept ? ["ignore", "pipe", "pipe"] : "inherit",
      env: { ...process.env, PATH: path, ...env },
      ...(signal && { signal, killSignal: "SIGKILL" }),
    });
    let output = "";
    const keep = (stream, target) =>
      stream?.on("data", (chunk) => {
        output += chunk;
        if (tee) target.write(chunk);
      });
    keep(child.stdout, process.stdout);
    keep(child.stderr, process.stderr);

    const passOn = (signal) => {
      // A terminal has told the child already, and a second SIGINT would cut its orderly end short.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    };
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
    for (const signal of signals) process.on(signal, passOn);
    // A signal to `npm start` ends npm and its shell alone; that they are gone is all that can be seen from here.
    const parent = process.ppid;
    const watch = setInterval(() => process.ppid !== parent && child.kill("SIGTERM"), 250);
    if (!process.env.npm_lifecycle_event) clearInterval(watch);
    const end = (result) => {
      clearInterval(watch);
      for (const signal of signals) process.off(signal, passOn);
      resolve(result);
    };
    child.on("error", (err) => end({ code: 127, output: `${output}${err.message}\n` }));
    child.on("close", (code, signal) => end({ code: code ?? 128 + (constants.signals[signal] ?? 0), output }));
  });
}

export function seconds(startedAt) {
  return `${((Date.now() - startedAt) / 1000).toFixed(1)} s`;
}
