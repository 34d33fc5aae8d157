import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Installs a Debian package where that needs no password. Says whether it did; the caller has words for the rest. */
export async function aptInstall(packageName: string): Promise<boolean> {
  if (!existsSync("/usr/bin/apt-get")) return false;
  const [command, ...first] = process.getuid?.() === 0 ? ["apt-get"] : ["sudo", "-n", "apt-get"];
  const options = { env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" }, maxBuffer: 64 * 1024 * 1024 };
  // Old lists may do.
  await run(command!, [...first, "update", "-q"], options).catch(() => {});
  return run(command!, [...first, "install", "-q", "-y", "--no-install-recommends", packageName], options).then(
    () => true,
    () => false,
  );
}
