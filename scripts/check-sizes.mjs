// What strangers' pages pay, in bytes of brotli (quality 11): the loader, and everything that a chat fetches to open.
// And what the panel fetches before it shows its first page, each of which has a chunk of its own.
import { readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { build, ROOT, runScript } from "./lib.mjs";

const LIMITS = { loader: 1500, "open chat": 16_384, "panel at first": 92_160 };
const WIDGET = join(ROOT, "dist", "widget");
const PANEL = join(ROOT, "dist", "admin");

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

/** Paths of what the panel's page asks for at once: script, preloaded chunks with their static imports, stylesheet. */
function panelAtFirst() {
  const page = readFileSync(join(PANEL, "index.html"), "utf8");
  const named = [...page.matchAll(/(?:href|src)="\/admin\/(assets\/[^"]+\.(?:js|css))"/g)].map(([, name]) => join(PANEL, name));
  const graph = new Set(named.filter((path) => path.endsWith(".css")));
  for (const path of named) if (path.endsWith(".js")) staticGraph(path, graph);
  return graph;
}

/** Names of pages that have no chunk of their own. */
function pagesWithoutChunk(atFirst) {
  const routes = readFileSync(join(ROOT, "admin", "routes.ts"), "utf8");
  const pages = [...routes.matchAll(/import\("\.\/pages\/([\w-]+)\.ts"\)/g)].map(([, name]) => name);
  const loaded = [...atFirst].filter((path) => path.endsWith(".js")).map((path) => readFileSync(path, "utf8"));
  const chunks = loaded.flatMap((code) => [...code.matchAll(/\bimport\(["']\.\/([^"']+)["']\)/g)].map(([, name]) => name));
  const isApart = (page) => (name) => name.replace(/-.{8}\.js$/, "") === page && !atFirst.has(join(PANEL, "assets", name));
  return pages.filter((page) => !chunks.map((name) => basename(name)).some(isApart(page)));
}

/** Measures the built widget and panel. Same shape as a step's result: exit code and words. */
export async function checkSizes() {
  await build();
  const { chat } = JSON.parse(readFileSync(join(WIDGET, "manifest.json"), "utf8"));
  const atFirst = panelAtFirst();
  const total = (paths) => [...paths].reduce((sum, path) => sum + brotliBytes(path), 0);
  const sizes = {
    loader: brotliBytes(join(WIDGET, "v1.js")),
    "open chat": total(staticGraph(join(WIDGET, chat))),
    "panel at first": total(atFirst),
  };
  const lines = Object.entries(sizes).map(([name, size]) => `${name}: ${size} of at most ${LIMITS[name]} bytes`);
  const joined = pagesWithoutChunk(atFirst);
  for (const page of joined) lines.push(`panel: the page ${page} has no chunk of its own`);
  const isTooMuch = Object.entries(sizes).some(([name, size]) => size > LIMITS[name]);
  return { code: isTooMuch || joined.length > 0 ? 1 : 0, output: lines.join("\n") };
}

if (process.argv[1] === import.meta.filename) {
  await runScript(async () => {
    const { code, output } = await checkSizes();
    process.stdout.write(`${output}\n`);
    return code;
  });
}
