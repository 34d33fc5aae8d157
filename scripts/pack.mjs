// `npm run pack`: dist/renus-VERSION.tgz, which `npm install` and `npx` take: the server as JavaScript (Node strips no types below
// node_modules), what it serves, and the migrations. Nothing of tests, benches and sources.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
  "dist/widget",
  "supabase/migrations",
  "supabase/platform.sql",
];

await runScript(async () => {
  await install();
  await build();
  rmSync(FOLDER, { recursive: true, force: true });
  const tsc = await run(join(ROOT, "node_modules", ".bin", "tsc"), ["-p", join(ROOT, "tsconfig.package.json")], [], {
    isQuiet: true,
  });
  if (tsc.code !== 0) throw new Problem(`${tsc.output}\nThe server could not be written as JavaScript; tsc's words are above.`);
  nameWorkers();
  for (const path of COPIED) {
    mkdirSync(join(FOLDER, path, ".."), { recursive: true });
    cpSync(join(ROOT, path), join(FOLDER, path), { recursive: true });
  }
  // It has a manifest of its own for those who install the chat alone.
  rmSync(join(FOLDER, "dist", "package", "package.json"));
  writeManifest();
  const packed = await run(...npm(), ["pack", "--json", "--ignore-scripts", "--pack-destination", join(ROOT, "dist"), FOLDER], {
    isQuiet: true,
  });
  if (packed.code !== 0) throw new Problem(`${packed.output}\nnpm pack has failed; its words are above.`);
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  say(join("dist", `renus-${version}.tgz`));
});

/** Imports are renamed by tsc, files of workers are not. */
function nameWorkers() {
  for (const entry of readdirSync(FOLDER, { recursive: true })) {
    if (!entry.endsWith(".js")) continue;
    const path = join(FOLDER, entry);
    const text = readFileSync(path, "utf8").replace(/(new URL\("\.[^"]+)\.ts", import\.meta\.url\)/g, '$1.js", import.meta.url)');
    if (/["'`]\.[^"'`\s]*\.ts["'`]/.test(text)) throw new Problem(`${entry} still names a file of TypeScript.`);
    writeFileSync(path, text);
  }
}

function writeManifest() {
  const { private: _, scripts: __, devDependencies: ___, ...kept } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  writeFileSync(join(FOLDER, "package.json"), `${JSON.stringify(kept, null, 2)}\n`);
}
