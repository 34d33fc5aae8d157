import { fileURLToPath } from "node:url";
import commonjsPlugin from "@rollup/plugin-commonjs";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { rollup, type Plugin, type RollupCache } from "rollup";
import { swc } from "rollup-plugin-swc3";

// Its types are those of the CommonJS build, where the function is a property.
const commonjs = commonjsPlugin as unknown as (typeof commonjsPlugin)["default"];

/** What became of the files that did not change, above all of React. */
let cache: RollupCache | undefined;

/** File → text of an application's bundle; `app.js` is its entry. As in development: React's strict mode does nothing otherwise. */
export async function bundle(entry: string): Promise<Map<string, string>> {
  const build = await rollup({
    input: { app: entry },
    ...(cache ? { cache } : {}),
    plugins: [
      nodeResolve({ browser: true, extensions: [".tsx", ".ts", ".js"] }),
      {
        name: "this-package",
        // Elsewhere it stands in node_modules.
        resolveId: (id) => (id.startsWith("renus/") ? fileURLToPath(import.meta.resolve(id)) : null),
        transform: (code) => ({ code: code.replaceAll("process.env.NODE_ENV", '"development"'), map: null }),
      } satisfies Plugin,
      commonjs(),
      swc({
        tsconfig: false,
        jsc: {
          parser: { syntax: "typescript", tsx: true },
          target: "es2022",
          transform: { react: { runtime: "automatic" } },
        },
      }),
    ],
  });
  cache = build.cache;
  try {
    const { output } = await build.generate({ format: "es", entryFileNames: "[name].js", chunkFileNames: "[name].js" });
    return new Map(output.flatMap((file) => (file.type === "chunk" ? [[file.fileName, file.code] as const] : [])));
  } finally {
    await build.close();
  }
}
