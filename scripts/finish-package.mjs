// Makes dist/package, in which rollup has left JavaScript, something to install: types, manifest, licence. Run by build().
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { Problem, ROOT, run, runScript } from "./lib.mjs";

const PACKAGE = join(ROOT, "dist", "package");
const TYPES = join(PACKAGE, "types");

/** Entry → what its types export, each from where tsc leaves it. */
const ENTRIES = {
  index: ['export * from "./types/widget/package/index.js";'],
  react: ['export * from "./types/widget/package/react.js";'],
  client: [
    'export { createChatClient, type ChatClient, type ChatClientOptions } from "./types/client/chat-client.js";',
    'export type { ChatItem, ChatState, Delivery } from "./types/client/chat-state.js";',
    'export type { StorageArea } from "./types/client/storage.js";',
  ],
  api: [
    'export { ApiError, createApiClient } from "./types/client/api-client.js";',
    'export type { ApiAnswer, ApiClient, ApiClientOptions, ApiInput, ApiListItem, ApiListRoute, ApiRoute } from "./types/client/api-client.js";',
    'export type * from "./types/client/api-routes.js";',
  ],
};

/** What tsc has to say about the sources is for `npm run check`: it emits all the same. */
const tsc = (...args) => run(join(ROOT, "node_modules", ".bin", "tsc"), args, [], { isQuiet: true });

await runScript(async () => {
  rmSync(TYPES, { recursive: true, force: true });
  await tsc("-p", join(ROOT, "widget", "package", "tsconfig.json"));
  await writeWireTypes("resources", "frames");
  for (const [name, lines] of Object.entries(ENTRIES)) writeFileSync(join(PACKAGE, `${name}.d.ts`), `${lines.join("\n")}\n`);
  keepReachable();
  writeManifest();
});

/** The wire's types are inferred from zod schemas. Applications have no zod: tsc writes each of them out once. */
async function writeWireTypes(...names) {
  const folder = join(ROOT, ".cache", "package-types");
  mkdirSync(folder, { recursive: true });
  for (const name of names) {
    const source = readFileSync(join(ROOT, "protocol", `${name}.ts`), "utf8");
    const inferred = [...source.matchAll(/^export type (\w+) = z\.infer<typeof (\w+)>;$/gm)];
    const values = inferred.map(([, type, schema]) => `export const ${type} = ${schema}._output;`);
    const schemas = inferred.map(([, , schema]) => schema).join(", ");
    writeFileSync(join(folder, `${name}.ts`), `import { ${schemas} } from "../../protocol/${name}.ts";\n${values.join("\n")}\n`);
  }
  await tsc("-p", join(ROOT, "widget", "package", "tsconfig.wire.json"));
  for (const name of names) {
    const emitted = join(TYPES, "protocol", `${name}.d.ts`);
    const written = readFileSync(join(folder, "out", ".cache", "package-types", `${name}.d.ts`), "utf8");
    // Interfaces, and aliases of types that are written out, stay as they are.
    const plain = readFileSync(emitted, "utf8").match(/^export (?:interface [^]*?^}|type \w+ = (?!z\.)[^;]*;)$/gm) ?? [];
    writeFileSync(emitted, `${written.replace(/^export declare const (\w+): /gm, "export type $1 = ")}${plain.join("\n")}\n`);
  }
}

/** Drops what no entry reaches (the insides of the widget), and names the rest as every resolver understands. */
function keepReachable() {
  const kept = new Map();
  const visit = (path) => {
    if (kept.has(path)) return;
    const text = readFileSync(path, "utf8").replace(/((?:from|import\() ?"\.[^"]+)\.ts"/g, '$1.js"');
    kept.set(path, text);
    for (const [, name] of text.matchAll(/(?:from |import\()"(\.[^"]+)\.js"/g)) visit(join(dirname(path), `${name}.d.ts`));
  };
  for (const name of Object.keys(ENTRIES)) visit(join(PACKAGE, `${name}.d.ts`));
  rmSync(TYPES, { recursive: true, force: true });
  for (const [path, text] of kept) {
    if (/from "zod"|\bz\./.test(text)) throw new Problem(`${relative(ROOT, path)} still needs zod.`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

function writeManifest() {
  const { version, description, license, peerDependencies, peerDependenciesMeta } = JSON.parse(
    readFileSync(join(ROOT, "package.json"), "utf8"),
  );
  const entry = (name) => ({ types: `./${name}.d.ts`, default: `./${name}.js` });
  const manifest = {
    name: "renus",
    version,
    description,
    license,
    type: "module",
    sideEffects: ["./chunks/*"],
    exports: { "./widget": entry("index"), "./react": entry("react"), "./client": entry("client"), "./api": entry("api") },
    peerDependencies,
    peerDependenciesMeta,
  };
  writeFileSync(join(PACKAGE, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  copyFileSync(join(ROOT, "LICENSE"), join(PACKAGE, "LICENSE"));
  copyFileSync(join(ROOT, "widget", "package", "README.md"), join(PACKAGE, "README.md"));
}
