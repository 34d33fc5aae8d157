import { globSync, readFileSync } from "node:fs";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { countKinds } from "./tests/support/kinds-reporter.ts";

const FOLDERS = "{api,bench,protocol,client,widget,admin,scripts,tests,examples}";
/** bench/widget/peers has packages of its own, some with their tests. */
const PACKAGES = "**/node_modules/**";

/** Those beside the browser's whose text names one of `imports`. */
function findImporters(imports: RegExp): string[] {
  return globSync(`${FOLDERS}/**/*.test.ts`, { exclude: [PACKAGES] }).filter(
    (path) => !path.startsWith("tests/e2e/") && imports.test(readFileSync(path, "utf8")),
  );
}

// What needs a database takes seconds a file and therefore is of a kind of its own, known by its imports.
const opensEmbedded = findImporters(
  /openPglite|buildPreparedFolder|scripts\/start|(support|\.)\/(database|real-server|kill-scenario)\.ts|scripts\/(generate-types|prepare-database)\.ts/,
).filter((path) => !path.endsWith(".pg.test.ts"));
const onEither = findImporters(/(support|\.)\/(server|replies|default-database)\.ts/).filter(
  (path) => !path.endsWith(".pg.test.ts") && !opensEmbedded.includes(path),
);
const countsFile = process.env["TEST_COUNTS"];
const isLong = process.env["TEST_LONG"] === "1";
/** Every variant in one test takes several times as long as a sample of them. */
const PATIENCE = isLong ? 6 : 1;

/** Most of these wait for something now and then. */
const WORKERS = 3;
/** A busy machine makes a process or a browser miss a beat now and then; such tests are named at the end. */
const RETRY = 1;
/** A browser is several processes. */
const BROWSERS = 2;

const project = (name: string, include: string[], more: Record<string, unknown> = {}) => ({
  test: { name, include, testTimeout: PATIENCE * 30_000, hookTimeout: 90_000, maxWorkers: WORKERS, ...more },
});

/** Kind after kind, so that a thread goes on with what it has opened. */
class KindAfterKind extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const order = ["pg", "pglite", "unit", "e2e"];
    return sorted.toSorted((a, b) => order.indexOf(a.project.name) - order.indexOf(b.project.name));
  }
}

/** One project per kind of test: `unit` needs nothing, `pglite` the embedded database, `pg` PostgreSQL, `e2e` Chromium as well. */
export default defineConfig({
  test: {
    sequence: { sequencer: KindAfterKind },
    reporters: ["default", ...(countsFile ? [countKinds(countsFile)] : [])],
    projects: [
      project("unit", [`${FOLDERS}/**/*.test.ts`], {
        exclude: [PACKAGES, "**/*.pg.test.ts", "tests/e2e/**", ...opensEmbedded, ...onEither],
        pool: "threads",
        isolate: false,
      }),
      // Files of a thread share what is compiled and the databases, which are half of their time.
      project("pglite", [...opensEmbedded, ...(isLong ? onEither : [])], {
        testTimeout: PATIENCE * 60_000,
        pool: "threads",
        isolate: false,
        env: { TEST_DATABASE: "embedded" },
        retry: RETRY,
      }),
      project("pg", [`${FOLDERS}/**/*.pg.test.ts`, ...onEither], {
        exclude: [PACKAGES, "tests/e2e/**"],
        pool: "threads",
        isolate: false,
        retry: RETRY,
      }),
      project("e2e", ["tests/e2e/**/*.test.ts"], {
        maxWorkers: BROWSERS,
        sequence: { groupOrder: 1 },
        pool: "threads",
        isolate: false,
        retry: RETRY,
        testTimeout: PATIENCE * 90_000,
        hookTimeout: 180_000,
        // A reply takes a browser, a server and a database: a second is little on a busy machine.
        expect: { poll: { timeout: 10_000 } },
      }),
    ],
  },
});
