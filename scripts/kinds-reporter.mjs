// What `npm test` prints at its end: how many tests of each kind passed, failed and were skipped, and how long their files took.
import { writeFileSync } from "node:fs";

/** A reporter of vitest that leaves `{ kinds: { [project]: { passed, failed, skipped, seconds } }, second: [names] }` in the file TEST_COUNTS. */
export default class KindsReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const kinds = {};
    const second = [];
    for (const module of modules) {
      const kind = (kinds[module.project.name] ??= { passed: 0, failed: 0, skipped: 0, seconds: 0 });
      kind.seconds += module.diagnostic().duration / 1000;
      let hasFailed = false;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "failed") hasFailed = true;
        kind[state === "passed" || state === "failed" ? state : "skipped"]++;
        if (test.diagnostic()?.flaky) second.push(test.fullName);
      }
      // Outside of a test: a file that does not load, a set-up that throws.
      if (!module.ok() && !hasFailed) kind.failed++;
    }
    writeFileSync(process.env.TEST_COUNTS, JSON.stringify({ kinds, second, strays: unhandledErrors.length }));
  }
}
