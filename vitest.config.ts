import { globSync, readFileSync } from "node:fs";
import { defineConfig } from "vitest/config";

const FOLDERS = "{api,bench,protocol,client,widget,admin,scripts,tests,examples}";
/** bench/widget/peers has packages of its own, some with their tests. */
const PACKAGES = "**/node_modules/**";

// What opens an embedded database takes seconds a file and therefore is a kind of its own, known by its imports.
const opensDatabase = globSync(`${FOLDERS}/**/*.test.ts`, { exclude: [PACKAGES] }).filter(
  (path) =>
    !path.startsWith("tests/e2e/") &&
    !path.endsWith(".pg.test.ts") &&
    /openPglite|buildPreparedFolder|scripts\/start|(support|\.)\/(server|database|replies|real-server|kill-scenario)\.ts|scripts\/(generate-types|prepare-database)\.ts/.test(
      readFileSync(path, "utf8"),
    ),
);

const project = (name: string, include: string[], more: Record<string, unknown> = {}) => ({
  test: { name, include, testTimeout: 30_000, hookTimeout: 90_000, ...more },
});

/** One project per kind of test: `unit` needs nothing, `pglite` the embedded database, `pg` PostgreSQL, `e2e` Chromium as well. */
export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      project("unit", [`${FOLDERS}/**/*.test.ts`], { exclude: [PACKAGES, "**/*.pg.test.ts", "tests/e2e/**", ...opensDatabase] }),
      // Files of a thread share the compiled database, which is half of their time.
      project("pglite", opensDatabase.length > 0 ? opensDatabase : ["none"], {
        testTimeout: 60_000,
        pool: "threads",
        isolate: false,
      }),
      project("pg", [`${FOLDERS}/**/*.pg.test.ts`], { exclude: [PACKAGES, "tests/e2e/**"] }),
      project("e2e", ["tests/e2e/**/*.test.ts"], {
        pool: "threads",
        isolate: false,
        // A busy machine makes a browser miss a beat now and then; the count of such tests is printed.
        retry: 1,
        testTimeout: 90_000,
        hookTimeout: 180_000,
        // A reply takes a browser, a server and a database: a second is little on a busy machine.
        expect: { poll: { timeout: 10_000 } },
      }),
    ],
  },
});
