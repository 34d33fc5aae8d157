import { rmSync } from "node:fs";
import { compile } from "./rollup.widget.js";

const here = (name) => new URL(name, import.meta.url).pathname;
const OUT = "../dist/package/";

/** What applications with a bundler install; the chat stays a chunk of its own, which their bundlers keep apart. */
export const packageBuild = {
  input: {
    index: here("package/index.ts"),
    react: here("package/react.ts"),
    client: here("../client/chat-client.ts"),
    api: here("../client/api-client.ts"),
  },
  external: ["react"],
  output: {
    dir: here(OUT),
    format: "es",
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name].js",
    generatedCode: "es2015",
  },
  plugins: [
    {
      name: "clean",
      generateBundle: () => rmSync(here(OUT), { recursive: true, force: true }),
    },
    ...compile("es"),
  ],
};
