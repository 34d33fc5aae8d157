// `npm test`: everything, on real parts. Installs what is missing, runs every kind of test, prints the counts.
// `npm run test:long` (--long): every variant and many rounds of what is a sample otherwise.
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runSteps, SIZES, STEPS } from "./check.mjs";
import { build, install, prepareDatabase, Problem, ROOT, runNode, runScript, say, seconds } from "./lib.mjs";

/** Project of vitest.config.ts → its name for people. */
const KINDS = { unit: "unit", pglite: "PGlite", pg: "PostgreSQL", e2e: "Chromium" };

/** From the last test until the process has ended. */
const LEAVING_MS_MAX = 60_000;

/** Bytes. Each test database is a copy of 40 MB, and a browser has its profile. */
const MEMORY_MIN = 4 * 2 ** 30;

await runScript(async () => {
  const startedAt = Date.now();
  let failedSteps;
  try {
    await install();
    say("\nFormat, lint, types; meanwhile what the tests need");
    const { [SIZES]: sizes, ...ofSources } = STEPS;
    // Most of them use one core. All have ended before one that failed is told.
    const [checks, ...parts] = await Promise.allSettled([runSteps(ofSources), build(), prepareDatabase(), ensureParts()]);
    const refused = [checks, ...parts].find(({ status }) => status === "rejected");
    if (refused) throw refused.reason;
    failedSteps = [...checks.value, ...(await runSteps({ [SIZES]: sizes }))];
  } catch (err) {
    say(err instanceof Problem ? err.message : err.stack);
    say("0 passed, 1 failed");
    return 1;
  }

  say("\nTests");
  const { kinds, second, strays } = await runTests();
  say(`\nkind         passed  failed  skipped  seconds of its files`);
  let passed = 0;
  let failed = failedSteps.length + strays;
  for (const [project, name] of Object.entries(KINDS)) {
    const counts = kinds[project] ?? { passed: 0, failed: 0, skipped: 0, seconds: 0 };
    const columns = [counts.passed, counts.failed, counts.skipped, counts.seconds.toFixed(0)];
    say([name.padEnd(11), ...columns.map((count) => String(count).padStart(7))].join(" "));
    if (counts.passed + counts.failed === 0) failedSteps.push(`no ${name} test was executed`);
    passed += counts.passed;
    failed += counts.failed + (counts.passed + counts.failed === 0 ? 1 : 0);
  }
  for (const name of second) say(`Passed at the second attempt: ${name}`);
  for (const step of failedSteps) say(`Failed: ${step}`);
  if (strays > 0) say(`Failed: ${strays} errors outside of a test, or the run itself`);
  say(`All of it took ${seconds(startedAt)}.`);
  say(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
});

/** What tests/support/kinds-reporter.ts counts. A run that ends badly without a failed test, or without counts, is one stray error. */
async function runTests() {
  const folder = join(ROOT, ".cache");
  const file = join(folder, "test-counts.json");
  mkdirSync(folder, { recursive: true });
  rmSync(file, { force: true });
  const vitest = join("node_modules", "vitest", "vitest.mjs");
  const env = {
    TEST_COUNTS: file,
    TMPDIR: temporaryFolder(),
    // Servers that tests start are processes of their own, and compiling them anew is half of each start.
    NODE_COMPILE_CACHE: join(folder, "compiled"),
    // As `npm start` runs them. A file of tests that is run by itself takes the sources, which need no build.
    TEST_SERVER: join("dist", "server", "main.js"),
    TEST_LONG: process.argv.includes("--long") ? "1" : "",
  };
  // Node 24 may wait for ever for a thread whose sockets never say that they are closed: all has been counted by then.
  const stuck = new AbortController();
  const isOver = () => existsSync(file) && Date.now() - statSync(file).mtimeMs > LEAVING_MS_MAX;
  const watch = setInterval(() => isOver() && stuck.abort(), 1000);
  const { code } = await runNode([vitest, "run"], { env, signal: stuck.signal });
  clearInterval(watch);
  if (!existsSync(file)) return { kinds: {}, second: [], strays: 1 };
  const counted = JSON.parse(readFileSync(file, "utf8"));
  const isExplained = counted.strays > 0 || Object.values(counted.kinds).some(({ failed }) => failed > 0);
  return code === 0 || stuck.signal.aborted || isExplained ? counted : { ...counted, strays: 1 };
}

/** In memory where there is enough of it: a test database is written and thrown away hundreds of times. */
function temporaryFolder() {
  const memory = "/dev/shm";
  if (!existsSync(memory)) return tmpdir();
  const { bavail, bsize } = statfsSync(memory);
  if (bavail * bsize < MEMORY_MIN) return tmpdir();
  // One for all runs, so that each removes what a run left that was killed.
  const folder = join(memory, `renus-tests-${process.getuid?.() ?? 0}`);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Chromium, PostgreSQL and Redis have to be there: installed with apt where that is allowed, else asked for. */
async function ensureParts() {
  say("Looking for Chromium, PostgreSQL and Redis…");
  const script = `
    import { ensureChromium } from "./tests/support/chromium.ts";
    import { ensurePostgres } from "./tests/support/postgres.ts";
    import { ensureRedis } from "./tests/support/redis.ts";
    await ensureChromium(); await ensureRedis(); await ensurePostgres();`;
  const { code, output } = await runNode(["--input-type=module", "-e", script], { isQuiet: true });
  if (code !== 0) throw new Problem(/^.*Error: (.*)$/m.exec(output)?.[1] ?? output);
}
