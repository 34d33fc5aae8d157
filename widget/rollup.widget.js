import { readFileSync, rmSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import resolve from "@rollup/plugin-node-resolve";
import terser from "@rollup/plugin-terser";
import { swc } from "rollup-plugin-swc3";

const here = (name) => new URL(name, import.meta.url).pathname;
const OUT = "../dist/widget/";

const compile = (format) => [
  resolve({ browser: true, extensions: [".ts", ".js", ".mjs"] }),
  swc({ tsconfig: false, sourceMaps: false, jsc: { parser: { syntax: "typescript" }, target: "es2022" } }),
  terser({
    module: format === "es",
    ecma: 2020,
    compress: { passes: 2 },

    format: { comments: false },
  }),
];

/** Styles are written to be read; browsers need no line breaks in them. */
function tightenStyles() {
  return {
    name: "tighten-styles",
    transform(code, id) {
      if (!id.includes("/widget/") || !/css`/.test(code)) return null;
      return {
        code: code.replace(/css`[^`]*`/g, (text) =>
          text
            .replace(/\/\*.*?\*\//gs, "")
            .replace(/\s+/g, " ")
            .replace(/ ?([{}:;,]) ?/g, (all, mark) => (mark === ":" && all.startsWith(" ") ? all : mark)),
        ),
        map: null,
      };
    },
  };
}

/** A brotli and a gzip copy beside each text file, so that the server only has to pick one. */
function precompress() {
  return {
    name: "precompress",
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        if (/\.(br|gz)$/.test(file.fileName)) continue;
        const content = file.type === "chunk" ? file.code : file.source;
        const brotli = brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
        this.emitFile({ type: "asset", fileName: `${file.fileName}.br`, source: brotli });
        if (file.type === "chunk") process.stdout.write(`${String(brotli.length).padStart(7)} bytes brotli  ${file.fileName}\n`);
        this.emitFile({ type: "asset", fileName: `${file.fileName}.gz`, source: gzipSync(content, { level: 9 }) });
      }
    },
  };
}

/** Tells the server and the loader what the hashed files are called. */
function manifest() {
  return {
    name: "manifest",
    buildStart() {
      this.addWatchFile(here("page.css"));
      const css = readFileSync(here("page.css"), "utf8").replace(/\s+/g, " ");
      this.emitFile({ type: "asset", name: "page.css", source: css });
    },
    generateBundle(_options, bundle) {
      // Names carry a hash: what an earlier build left would stay for ever.
      rmSync(here(`${OUT}assets`), { recursive: true, force: true });
      const files = Object.values(bundle);
      const entry = (name) => files.find((file) => file.type === "chunk" && file.isEntry && file.name === name);
      const page = entry("page");
      this.emitFile({
        type: "asset",
        fileName: "manifest.json",
        source: JSON.stringify({
          chat: entry("embed").fileName,
          page: page.fileName,
          page_imports: page.imports,
          page_css: files.find((file) => file.type === "asset" && file.fileName.endsWith(".css")).fileName,
        }),
      });
    },
  };
}

/** The chat, and the public page around it. */
const modules = {
  input: { embed: here("embed.ts"), page: here("page.ts") },
  output: {
    dir: here(OUT),
    format: "es",
    entryFileNames: "assets/[name]-[hash].js",
    chunkFileNames: "assets/[name]-[hash].js",
    assetFileNames: "assets/[name]-[hash][extname]",
    generatedCode: "es2015",
  },
  plugins: [tightenStyles(), ...compile("es"), manifest(), precompress()],
};

/** After the chat: carries its name. */
const loader = {
  input: here("loader.ts"),
  output: { file: here(`${OUT}v1.js`), format: "iife", generatedCode: "es2015" },
  plugins: [
    {
      name: "chat-module",
      renderChunk: (code) => ({
        code: code.replaceAll("CHAT_MODULE", () =>
          JSON.stringify(JSON.parse(readFileSync(here(`${OUT}manifest.json`), "utf8")).chat),
        ),
        map: null,
      }),
    },
    ...compile("iife"),
    precompress(),
  ],
};

export const widgetBuilds = [modules, loader];
