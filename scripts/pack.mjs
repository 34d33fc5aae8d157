// `npm run pack`: dist/renus-VERSION.tgz, which `npm install` and `npx` take: the built server, what it serves, and the migrations.
// Nothing of tests, benches and sources.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build, install, npm, Problem, ROOT, run, runScript, say } from "./lib.mjs";

const FOLDER = join(ROOT, "dist", "npm");
/** Taken as they are. */
const COPIED = [
  "LICENSE",
  "README.md",
  ".env.example",
  "bin",
  "dist/admin",
  "dist/package",
  "dist/server",
  "dist/widget",
  "supabase/migrations",
  "supabase/platform.sql",
];

await runScript(async () => {
  await install();
  await build();
  rmSync(FOLDER, { recursive: true, force: true });
  for (const path of COPIED) {
    mkdirSync(join(FOLDER, path, ".."), { recursive: true });
    cpSync(join(ROOT, path), join(FOLDER, path), { recursive: true });
  }
  // It has a manifest of its own for those who install the chat alone.
  rmSync(join(FOLDER, "dist", "package", "package.json"));
  await writeManifest();
  const packed = await run(...npm(), ["pack", "--json", "--ignore-scripts", "--pack-destination", join(ROOT, "dist"), FOLDER], {
    isQuiet: true,
  });
  if (packed.code !== 0) throw new Problem(`${packed.output}\nnpm pack has failed; its words are above.`);
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  say(join("dist", `renus-${version}.tgz`));
});

async function writeManifest() {
  const { private: _, scripts: __, devDependencies: ___, ...kept } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  // Everything else is part of what was built. Here and not above: before the install there is nothing to import.
  const { SEPARATE } = await import("../api/rollup.server.js");
  kept.dependencies = Object.fromEntries(
    Object.entries(kept.dependencies).filter(([name]) => SEPARATE.includes(name) || name.startsWith("@fontsource-variable/")),
  );
  writeFileSync(join(FOLDER, "package.json"), `${JSON.stringify(kept, null, 2)}\n`);
}
