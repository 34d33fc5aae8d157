import { existsSync, mkdirSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../../config.ts";
import { ok, problem, warning, type Finding } from "./finding.ts";

/** The machine and its files. */

const MIB = 2 ** 20;
/** The embedded database grows by 16 MiB of journal at a time. */
const FREE_MIN = 200 * MIB;
const FREE_GOOD = 1024 * MIB;

export function checkNode(version = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 24 || (major === 24 && minor >= 12)
    ? ok("Node", `Node ${version}.`)
    : problem("Node", `This is Node ${version}; the server needs 24.12 or newer. Install it from https://nodejs.org.`);
}

/** Whether files can be made in it: it is made, if it is missing, as the start does. */
export function checkDataFolder(dataDir: string): Finding {
  const probe = join(dataDir, `.doctor-${process.pid}`);
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    writeFileSync(probe, "");
    rmSync(probe);
    return ok("DATA_DIR", `${dataDir} can be written.`);
  } catch (err) {
    const why = (err as NodeJS.ErrnoException).code ?? (err as Error).message;
    return problem(
      "DATA_DIR",
      `${dataDir} cannot be written (${why}). Let the user that runs the server own it, or choose another DATA_DIR.`,
    );
  }
}

export function checkDisk(dataDir: string, { min, good } = { min: FREE_MIN, good: FREE_GOOD }): Finding {
  const { bavail, bsize } = statfsSync(dataDir);
  const free = bavail * bsize;
  const words = `${Math.floor(free / MIB).toLocaleString("en")} MiB are free where ${dataDir} is.`;
  if (free < min) return problem("Disk", `${words} Make room before writing fails.`);
  return free < good ? warning("Disk", `${words} Make room soon.`) : ok("Disk", words);
}

const EXAMPLES = /change.?me|secret|password|example|letters|12345|qwerty|openssl|at-least/i;

/** A secret that came from `openssl rand` has some 40 different characters; one that a person made up has few, or words. */
export function checkSecret(config: Pick<Config, "jwtSecret" | "dataDir">): Finding {
  const name = "JWT_SECRET";
  const file = join(config.dataDir, "jwt-secret");
  const howTo = "Set one from: openssl rand -base64 48. Everybody signs in anew after that.";
  if (EXAMPLES.test(config.jwtSecret)) return problem(name, `It looks like an example or a word. ${howTo}`);
  if (new Set(config.jwtSecret).size < 16)
    return problem(name, `It has few different characters, so it can be guessed. ${howTo}`);
  if (existsSync(file) && process.platform !== "win32") {
    const mode = statSync(file).mode & 0o777;
    if ((mode & 0o077) !== 0)
      return problem(name, `Others on this machine may read ${file} (mode ${mode.toString(8)}). Run: chmod 600 ${file}`);
  }
  return ok(name, "It is long, and looks random.");
}
