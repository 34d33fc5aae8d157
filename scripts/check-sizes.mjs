// What strangers' pages pay, in bytes of brotli (quality 11): the loader, and everything that a chat fetches to open.
import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { build, ROOT, runScript } from "./lib.mjs";

const LIMITS = { loader: 1500, "open chat": 16_384 };
const WIDGET = join(ROOT, "dist", "widget");

/** What is sent: the compressed copy that the build has put beside it. */
const brotliBytes = (path) => statSync(`${path}.br`).size;

/** Paths of a module and all that it imports statically. */
export function staticGraph(path, seen = new Set()) {
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const [, name] of readFileSync(path, "utf8").matchAll(/(?:\bfrom|\bimport)\s*["'](\.[^"']+)["']/g))
    staticGraph(join(dirname(path), name), seen);
  return seen;
}

/** Measures the built widget. Same shape as a step's result: exit code and words. */
export async function checkSizes() {
  await build();
  const { chat } = JSON.parse(readFileSync(join(WIDGET, "manifest.json"), "utf8"));
  const sizes = {
    loader: brotliBytes(join(WIDGET, "v1.js")),
    "open chat": [...staticGraph(join(WIDGET, chat))].reduce((sum, path) => sum + brotliBytes(path), 0),
  };
  const lines = Object.entries(sizes).map(([name, size]) => `${name}: ${size} of at most ${LIMITS[name]} bytes`);
  return { code: Object.entries(sizes).some(([name, size]) => size > LIMITS[name]) ? 1 : 0, output: lines.join("\n") };
}

if (process.argv[1] === import.meta.filename) {
  await runScript(async () => {
    const { code, output } = await checkSizes();
    process.stdout.write(`${output}\n`);
    return code;
  });
}
