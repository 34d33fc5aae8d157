// `npm test`: everything, on real parts. Installs what is missing, runs every kind of test, prints the counts.
// `npm run test:long` (--long): every variant and many rounds of what is a sample otherwise.
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { runSteps, SIZES, STEPS } from "./check.mjs";
import { build, install, prepareDatabase, Problem, ROOT, run, runNode, runScript, say, seconds } from "./lib.mjs";

/** Project of vitest.config.ts → its name for people. */
const KINDS = { unit: "unit", pglite: "PGlite", pg: "PostgreSQL", e2e: "Chromium" };

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

  const results = [];
  for (const [project, name] of Object.entries(KINDS)) {
    say(`\nTests: ${name}`);
    results.push({ name, ...(await runProject(project)) });
  }

  say(`\nkind         passed  failed  skipped  seconds`);
  for (const { name, passed, failed, skipped, took } of results) {
    say([name.padEnd(11), ...[passed, failed, skipped].map((count) => String(count).padStart(7)), took.padStart(9)].join(" "));
  }
  for (const step of failedSteps) say(`Failed: ${step}`);
  const empty = results.filter(({ passed, failed }) => passed + failed === 0).map(({ name }) => name);
  for (const name of empty) say(`Failed: no ${name} test was executed`);
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  const failed = sum("failed") + failedSteps.length + empty.length;
  say(`All of it took ${seconds(startedAt)}.`);
  say(`${sum("passed")} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
});

/** Runs one kind of tests; what failed outside of a test (a file that does not load, a stray rejection) counts as one each. */
async function runProject(project) {
  const startedAt = Date.now();
  const folder = join(ROOT, ".cache", "test-results");
  const file = join(folder, `${project}.json`);
  mkdirSync(folder, { recursive: true });
  rmSync(file, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const vitest = join("node_modules", "vitest", "vitest.mjs");
  // Servers that tests start are processes of their own, and compiling them anew is half of each start.
  const compiled = join(ROOT, ".cache", "compiled");
  const env = { TMPDIR: temporaryFolder(), NODE_COMPILE_CACHE: compiled, TEST_LONG: process.argv.includes("--long") ? "1" : "" };
  const { code } = await runNode([vitest, "run", "--project", project, "--passWithNoTests", ...reporters], { env });
  const took = seconds(startedAt);
  if (!existsSync(file)) return { passed: 0, failed: code === 0 ? 0 : 1, skipped: 0, took };
  const report = JSON.parse(readFileSync(file, "utf8"));
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) => status === "failed" && !assertionResults.some((test) => test.status === "failed"),
  ).length;
  const failed = report.numFailedTests + brokenFiles;
  const second = report.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status, failureMessages }) => status === "passed" && failureMessages.length > 0);
  for (const { fullName } of second) say(`Passed at the second attempt: ${fullName}`);
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
    took,
  };
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
  const chromium = await runNode(
    [
      "--input-type=module",
      "-e",
      `import { findChromium } from "./tests/support/chromium.ts"; process.exit(findChromium() ? 0 : 1)`,
    ],
    { isQuiet: true },
  );
  if (chromium.code !== 0) await aptInstall("chromium", "Chromium", "Or set CHROMIUM_PATH to the executable of one.");
  if (!isInPath("redis-server")) await aptInstall("redis-server", "Redis", "");
  say("Preparing PostgreSQL…");
  const postgres = await runNode(
    ["--input-type=module", "-e", `import { ensurePostgres } from "./tests/support/postgres.ts"; await ensurePostgres()`],
    { isQuiet: true },
  );
  if (postgres.code !== 0) throw new Problem(/^.*Error: (.*)$/m.exec(postgres.output)?.[1] ?? postgres.output);
}

function isInPath(program) {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));
}

async function aptInstall(aptPackage, name, otherwise) {
  const words = `The tests need ${name}. Install it (Debian: sudo apt-get install ${aptPackage}) and run them again. ${otherwise}`;
  if (!existsSync("/usr/bin/apt-get")) throw new Problem(words);
  const sudo = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  const apt = (...args) => {
    const [command, ...rest] = [...sudo, "apt-get", "-q", ...args];
    return run(command, rest, [], { isQuiet: true, env: { DEBIAN_FRONTEND: "noninteractive" } });
  };
  say(`Installing ${name} with apt…`);
  await apt("update");
  const { code, output } = await apt("install", "-y", "--no-install-recommends", aptPackage);
  if (code !== 0) throw new Problem(`${output}\n${words}`);
}
