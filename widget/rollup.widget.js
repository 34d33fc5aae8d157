import { readFileSync, rmSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import resolve from "@rollup/plugin-node-resolve";
import terser from "@rollup/plugin-terser";
import { swc } from "rollup-plugin-swc3";
import { leanLit, prepareTemplates } from "./lean-lit.js";
import { ownNames } from "./own-names.js";

const here = (name) => new URL(name, import.meta.url).pathname;
const OUT = "../dist/widget/";
const { version } = JSON.parse(readFileSync(here("../package.json"), "utf8"));

/** `shortened`: names of members that no other code meets. */
export const compile = (format, shortened = []) => [
  leanLit(),
  resolve({ browser: true, extensions: [".ts", ".js", ".mjs"] }),
  swc({ tsconfig: false, sourceMaps: false, jsc: { parser: { syntax: "typescript" }, target: "es2022" } }),
  fillIn("WIDGET_VERSION", () => version),
  tightenTemplates(),
  prepareTemplates(),
  terser({
    module: format === "es",
    ecma: 2022,
    compress: { passes: 3, inline: 1, arrows: false, unsafe_arrows: true, unsafe_methods: true, keep_fargs: false },
    // Lit's own internal names, and ours.
    mangle: { properties: { regex: new RegExp(`^(?:_[_$].*|${shortened.join("|")})$`) } },
    // One for all chunks: what one calls another's is the same name.
    nameCache: {},
    format: { comments: false },
  }),
];

/** A string that only the build knows, in place of its name. */
function fillIn(name, valueOf) {
  return {
    name: `fill-in-${name}`,
    renderChunk: (code) => ({ code: code.replaceAll(name, () => JSON.stringify(valueOf())), map: null }),
  };
}

/** Templates and styles are written to be read; browsers need no line breaks in them. */
function tightenTemplates() {
  const tighten = {
    css: (text) =>
      text
        .replace(/\/\*.*?\*\//gs, "")
        .replace(/\s+/g, " ")
        .replace(/ ?([{};,>]) ?/g, "$1")
        .replace(/: /g, ":")
        .replace(/;}/g, "}")
        .replace(/\b0\./g, ".")
        .replace(/="([\w-]+)"\]/g, "=$1]")
        .replace(/#(\w)\1(\w)\2(\w)\3\b/g, "#$1$2$3")
        .replace(/ (!important)/g, "$1")
        .trim(),
    // Space with a line break in it is layout of the source; a space on one line is a word space.
    html: (text) =>
      text
        .replace(/\s*\n\s*(?=[<>])|(?<=>)\s*\n\s*/g, "")
        .replace(/^\s*\n\s*$/, (space) => (space ? " " : ""))
        .replace(/\s*\n\s*/g, " ")
        .replace(/="([\w-]+)"/g, "=$1")
        .replace(/ \/>/g, "/>"),
  };
  return {
    name: "tighten-templates",
    transform(code, id) {
      if (!id.includes("/widget/")) return null;
      const edits = [];
      const visit = (node) => {
        if (node.type === "TaggedTemplateExpression" && tighten[node.tag.name])
          for (const part of node.quasi.quasis) edits.push([part.start, part.end, tighten[node.tag.name](part.value.raw)]);
        for (const child of Object.values(node))
          if (Array.isArray(child)) child.forEach((one) => one?.type && visit(one));
          else if (child?.type) visit(child);
      };
      visit(this.parse(code));
      edits.sort(([a], [b]) => b - a);
      for (const [start, end, text] of edits) code = code.slice(0, start) + text + code.slice(end);
      return { code, map: null };
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
        const brotli = smallestBrotli(content);
        this.emitFile({ type: "asset", fileName: `${file.fileName}.br`, source: brotli });
        if (file.type === "chunk") process.stdout.write(`${String(brotli.length).padStart(7)} bytes brotli  ${file.fileName}\n`);
        this.emitFile({ type: "asset", fileName: `${file.fileName}.gz`, source: gzipSync(content, { level: 9 }) });
      }
    },
  };
}

/** How distances are written that suits a file best is found by trying (RFC 7932 section 4: NPOSTFIX, NDIRECT). */
function smallestBrotli(content) {
  const tries = [0, 1, 2, 3].flatMap((postfix) =>
    [0, 4, 8, 12].map((direct) =>
      brotliCompressSync(content, {
        params: {
          [constants.BROTLI_PARAM_QUALITY]: 11,
          [constants.BROTLI_PARAM_NPOSTFIX]: postfix,
          [constants.BROTLI_PARAM_NDIRECT]: direct << postfix,
        },
      }),
    ),
  );
  return tries.reduce((best, one) => (one.length < best.length ? one : best));
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

/** Whether the embed reaches the module by static imports. */
function isEager(id, getModuleInfo, seen = new Set()) {
  if (id === here("embed.ts")) return true;
  if (seen.has(id)) return false;
  seen.add(id);
  return getModuleInfo(id).importers.some((importer) => isEager(importer, getModuleInfo, seen));
}

/** The chat, and the public page around it. */
const modules = {
  input: { embed: here("embed.ts"), page: here("page.ts") },
  preserveEntrySignatures: "allow-extension",
  output: {
    dir: here(OUT),
    format: "es",
    entryFileNames: "assets/[name]-[hash].js",
    // Named by their hash alone, and in few different letters: the names are part of the chat, and differ with each build.
    chunkFileNames: "assets/[hash:6].js",
    hashCharacters: "hex",
    assetFileNames: "assets/[name]-[hash][extname]",
    generatedCode: "es2015",
    // Everything that every chat needs travels at once; what is imported on demand stays apart.
    manualChunks: (id, { getModuleInfo }) => (isEager(id, getModuleInfo) ? "chat" : undefined),
  },
  plugins: [...compile("es", ownNames()), manifest(), precompress()],
};

/** After the chat: carries its name. */
const loader = {
  input: here("loader.ts"),
  output: { file: here(`${OUT}v1.js`), format: "iife", generatedCode: "es2015" },
  plugins: [
    fillIn("CHAT_MODULE", () => JSON.parse(readFileSync(here(`${OUT}manifest.json`), "utf8")).chat),
    ...compile("iife"),
    precompress(),
  ],
};

export const widgetBuilds = [modules, loader];
