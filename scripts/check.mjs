// `npm run check`: format, lint with the import rules, types and unit tests; no database, no browser, seconds.
import { checkSizes } from "./check-sizes.mjs";
import { install, run, runNode, runScript, say, seconds } from "./lib.mjs";

const bin = (name, ...args) => run(name, args, [], { isQuiet: true, env: { FORCE_COLOR: process.stdout.isTTY ? "1" : "0" } });

/** Of what is built, and so the only step that has to wait for it. */
export const SIZES = "sizes of the widget";

/** Name → how to run it. Order is the order of the report; they run side by side. */
export const STEPS = {
  format: () => bin("oxfmt", "--check"),
  lint: () => bin("oxlint", "--type-aware", "--deny-warnings"),
  "types of server and tests": () => bin("tsc", "-p", "tsconfig.node.json"),
  "types of widget and panel": () => bin("tsc", "-p", "tsconfig.web.json"),
  [SIZES]: checkSizes,
};

/** Runs the given steps side by side, tells each result; returns the names of those that failed. */
export async function runSteps(steps) {
  const failed = [];
  await Promise.all(
    Object.entries(steps).map(async ([name, step]) => {
      const startedAt = Date.now();
      const { code, output } = await step();
      say(`${code === 0 ? "ok  " : "FAIL"}  ${name} (${seconds(startedAt)})`);
      if (code !== 0) {
        failed.push(name);
        say(output.trimEnd());
      }
    }),
  );
  return failed;
}

if (process.argv[1] === import.meta.filename) {
  await runScript(async () => {
    await install();
    const unit = () => runNode(["node_modules/vitest/vitest.mjs", "run", "--project", "unit"], { isQuiet: true });
    const failed = await runSteps({ ...STEPS, "unit tests": unit });
    return failed.length === 0 ? 0 : 1;
  });
}
