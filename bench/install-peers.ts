import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Installs what `folder`/package-lock.json names, unless it is there. Returns the versions of its package.json by name. */
export function installPeers<Name extends string>(folder: string): Record<Name, string> {
  const readJson = (path: string) => JSON.parse(readFileSync(join(folder, path), "utf8")) as unknown;
  const wanted = (readJson("package.json") as { dependencies: Record<Name, string> }).dependencies;
  const isInstalled = Object.entries(wanted).every(([name, version]) => {
    const path = join("node_modules", name, "package.json");
    return existsSync(join(folder, path)) && (readJson(path) as { version: string }).version === version;
  });
  if (!isInstalled) {
    console.error("Installing the peers (once)…");
    execFileSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd: folder,
      stdio: "inherit",
    });
  }
  return wanted;
}
