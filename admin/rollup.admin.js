import { existsSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { brotliCompressSync } from "node:zlib";
import resolve from "@rollup/plugin-node-resolve";
import terser from "@rollup/plugin-terser";
import { swc } from "rollup-plugin-swc3";

const CHART_STYLE = createRequire(import.meta.url).resolve("uplot/dist/uPlot.min.css");
const OLD_MS = 24 * 60 * 60 * 1000;
const here = (name) => new URL(name, import.meta.url);

/** Pages that are open while a new version is built still ask for the chunks of theirs. */
function removeOlderBuilds() {
  const folder = here("../dist/admin/assets/");
  if (!existsSync(folder)) return;
  for (const file of readdirSync(folder)) {
    const path = new URL(file, folder);
    if (Date.now() - statSync(path).mtimeMs > OLD_MS) rmSync(path, { force: true });
  }
}

/** Joins the styles, fills index.html with the hashed names, and keeps a brotli copy beside each text file. */
function panelPage() {
  let style, icon;
  return {
    name: "panel-page",
    buildStart() {
      removeOlderBuilds();
      const files = readdirSync(here("styles/")).sort();
      for (const file of files) this.addWatchFile(here(`styles/${file}`).pathname);
      this.addWatchFile(here("index.html").pathname);
      const source = [CHART_STYLE, ...files.map((file) => here(`styles/${file}`))]
        .map((path) => readFileSync(path, "utf8"))
        .join("\n");
      style = this.emitFile({ type: "asset", name: "panel.css", source });
      icon = this.emitFile({ type: "asset", name: "icon.svg", source: readFileSync(here("icon.svg")) });
    },
    generateBundle(_options, bundle) {
      const url = (name) => `/admin/${name}`;
      const entry = Object.values(bundle).find((file) => file.type === "chunk" && file.isEntry);
      const source = readFileSync(here("index.html"), "utf8")
        .replace("%ICON%", url(this.getFileName(icon)))
        .replace("%STYLE%", url(this.getFileName(style)))
        .replace(
          "%PRELOAD%",
          neededAtOnce(entry, bundle)
            .map((name) => `<link rel="modulepreload" href="${url(name)}" />`)
            .join("\n    "),
        )
        .replace("%SCRIPT%", url(entry.fileName));
      this.emitFile({ type: "asset", fileName: "index.html", source });
      for (const file of Object.values(bundle)) {
        const content = file.type === "chunk" ? file.code : file.source;
        this.emitFile({ type: "asset", fileName: `${file.fileName}.br`, source: brotliCompressSync(content) });
      }
    },
  };
}

/** What the entry asks for once the words are there is fetched beside it. */
function neededAtOnce(entry, bundle) {
  const shell = entry.dynamicImports.filter((name) => name.includes("renus-admin"));
  return [...new Set([...entry.imports, ...shell, ...shell.flatMap((name) => bundle[name].imports)])].filter(
    (name) => name !== entry.fileName,
  );
}

/** The panel: one entry, one chunk a page, everything below assets/ named by its content. */
export const adminBuild = {
  input: { panel: here("main.ts").pathname },
  output: {
    dir: here("../dist/admin").pathname,
    format: "es",
    entryFileNames: "assets/[name]-[hash].js",
    chunkFileNames: "assets/[name]-[hash].js",
    assetFileNames: "assets/[name]-[hash][extname]",
    generatedCode: "es2015",
  },
  plugins: [
    resolve({ browser: true, exportConditions: ["production"], extensions: [".ts", ".js", ".mjs"] }),
    swc({ tsconfig: false, jsc: { parser: { syntax: "typescript" }, target: "es2024" } }),
    terser({ module: true, ecma: 2020, format: { comments: false } }),
    panelPage(),
  ],
};
