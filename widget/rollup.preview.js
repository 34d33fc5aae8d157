import { readFileSync } from "node:fs";
import { ownNames } from "./own-names.js";
import { compile } from "./rollup.widget.js";

const here = (name) => new URL(name, import.meta.url).pathname;

/** The chat takes this client for its own. */
const ownClient = {
  name: "own-client",
  resolveId: (source, importer) =>
    source.endsWith("/client/chat-client.ts") && importer === here("chat.ts") ? here("preview-client.ts") : null,
};

/** The page that the panel shows in a frame, with the widget's page styles. */
const page = {
  name: "preview-page",
  buildStart() {
    this.addWatchFile(here("page.css"));
    this.addWatchFile(here("preview.html"));
  },
  generateBundle(_options, bundle) {
    const style = this.emitFile({ type: "asset", name: "preview.css", source: readFileSync(here("page.css"), "utf8") });
    const entry = Object.values(bundle).find((file) => file.type === "chunk" && file.isEntry);
    const source = readFileSync(here("preview.html"), "utf8")
      .replace("%STYLE%", `/admin/${this.getFileName(style)}`)
      .replace("%SCRIPT%", `/admin/${entry.fileName}`);
    this.emitFile({ type: "asset", fileName: "preview.html", source });
  },
};

/** The real chat around a conversation that the panel answers; a build of its own, so that visitors' chunks know nothing of it. */
export const previewBuild = {
  input: { preview: here("preview.ts") },
  output: {
    dir: here("../dist/admin"),
    format: "es",
    entryFileNames: "assets/[name]-[hash].js",
    chunkFileNames: "assets/preview-[hash].js",
    assetFileNames: "assets/[name]-[hash][extname]",
    generatedCode: "es2015",
  },
  plugins: [ownClient, ...compile("es", ownNames()), page],
};
