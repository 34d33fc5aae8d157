import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { CommandError } from "../command.ts";

const DEBIAN = "/usr/lib/postgresql";

/** `pg_dump` and `pg_restore` of this machine: the newest of Debian's folders, else what PATH has. */
function findTool(name: string): string {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(DEBIAN, version, "bin", name)).find((path) => existsSync(path)) ?? name;
}

/**
 * Runs one of them on the database. The password goes by the environment: others on the machine can read arguments.
 * Throws CommandError with what it said.
 */
export async function runTool(name: "pg_dump" | "pg_restore", args: readonly string[], databaseUrl: string): Promise<void> {
  const url = new URL(databaseUrl);
  const password = decodeURIComponent(url.password);
  url.password = "";
  const child = spawn(findTool(name), [...args, "--dbname", url.toString()], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { PGPASSWORD: password, LC_ALL: "C" },
  });
  let words = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (words = (words + chunk).slice(-2000)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", (err: NodeJS.ErrnoException) =>
      reject(
        new CommandError(
          err.code === "ENOENT"
            ? `${name} was not found. Install PostgreSQL's client programs (Debian: sudo apt-get install postgresql-client), of the server's version or newer.`
            : `${name} could not be run: ${err.message}`,
        ),
      ),
    );
    child.once("close", resolve);
  });
  if (code === 0) return;
  const hint = /server version mismatch/.test(words) ? "\nInstall client programs of the server's version or newer." : "";
  throw new CommandError(`${name} has failed:\n${words.trim()}${hint}`);
}
