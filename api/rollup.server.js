import { existsSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname, join, relative, resolve as resolvePath, sep } from "node:path";
import { fileURLToPath } from "node:url";
import commonjs from "@rollup/plugin-commonjs";
import resolve from "@rollup/plugin-node-resolve";
import { swc } from "rollup-plugin-swc3";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const OUT = join(ROOT, "dist", "server");

/**
 * Stay packages of their own: those that come with files (the embedded database, what draws pictures; the fonts are found by their
 * names), and those that are large and loaded only where the configuration asks for them.
 */
export const SEPARATE = ["@electric-sql/pglite", "@takumi-rs/wasm", "openai", "redis"];

/** The server in few files: its modules and those of its libraries are over a thousand, and to find and read them was most of a start. */
export const serverBuild = {
  input: { main: join(ROOT, "api/main.ts"), cli: join(ROOT, "api/cli/main.ts") },
  external: (id) => id.startsWith("node:") || SEPARATE.some((name) => id === name || id.startsWith(`${name}/`)),
  output: {
    dir: OUT,
    format: "es",
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name].js",
    // Each file imports what it uses itself, and no more.
    hoistTransitiveImports: false,
  },
  plugins: [
    { name: "clean", generateBundle: () => rmSync(OUT, { recursive: true, force: true }) },
    places(),
    resolve({ extensions: [".ts", ".js", ".json"], exportConditions: ["node"] }),
    // Types alone go, as where Node runs the sources: nothing is shortened, and a stack says where to look.
    swc({
      include: /\.ts$/,
      exclude: /node_modules/,
      tsconfig: false,
      sourceMaps: false,
      jsc: { parser: { syntax: "typescript" }, target: "esnext" },
    }),
    commonjs({ ignoreDynamicRequires: true }),
    { name: "json", transform: (code, id) => (id.endsWith(".json") ? { code: `export default ${code}`, map: null } : null) },
    licences(),
  ],
  onLog(level, log, handle) {
    // How libraries are written.
    if (!["CIRCULAR_DEPENDENCY", "THIS_IS_UNDEFINED", "INVALID_ANNOTATION"].includes(log.code)) handle(level, log);
  },
};

/** Paths that modules name from where they stand hold in the built files too; workers are built beside them. */
function places() {
  return {
    name: "places",
    transform(code, id) {
      if (!id.startsWith(join(ROOT, "api") + sep)) return null;
      const built = code.replace(/new URL\("(\.[^"]+-worker)\.ts", import\.meta\.url\)/g, (_, name) => {
        const worker = this.emitFile({ type: "chunk", id: resolvePath(dirname(id), `${name}.ts`), name: basename(name) });
        return `new URL(import.meta.ROLLUP_FILE_URL_${worker})`;
      });
      return built === code ? null : { code: built, map: null };
    },
    resolveImportMeta(property, { chunkId, moduleId }) {
      if (property !== "url" || !moduleId.startsWith(join(ROOT, "api") + sep)) return null;
      const path = relative(dirname(join(OUT, chunkId)), moduleId).replaceAll(sep, "/");
      return `new URL(${JSON.stringify(path)}, import.meta.url).href`;
    },
  };
}

/** What is handed on with the server is handed on with its licence. */
function licences() {
  return {
    name: "licences",
    generateBundle(_options, bundle) {
      const folders = new Set();
      for (const { modules = {} } of Object.values(bundle))
        for (const id of Object.keys(modules)) {
          const folder = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+\//.exec(id.replace("\0", "").replaceAll(sep, "/"))?.[0];
          if (folder) folders.add(folder);
        }
      const texts = [...folders].sort().map((folder) => {
        const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
        const file = ["LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE", "license"].find((one) => existsSync(join(folder, one)));
        return `${name} ${version} (${license})\n\n${file ? readFileSync(join(folder, file), "utf8").trim() : ""}\n`;
      });
      this.emitFile({ type: "asset", fileName: "LICENSES.txt", source: texts.join(`\n${"-".repeat(80)}\n\n`) });
    },
  };
}
