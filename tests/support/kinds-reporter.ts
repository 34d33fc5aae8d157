import { writeFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

/** What scripts/test.mjs prints at its end. */
interface Counts {
  kinds: Record<string, { passed: number; failed: number; skipped: number; seconds: number }>;
  /** Names of tests that passed at the second attempt. */
  second: string[];
  /** Errors outside of any file. */
  strays: number;
}

/** Leaves in `file` how many tests of each project passed, failed and were skipped, and the seconds of their files. */
export function countKinds(file: string): Reporter {
  return {
    onTestRunEnd(modules: readonly TestModule[], unhandledErrors) {
      const counts: Counts = { kinds: {}, second: [], strays: unhandledErrors.length };
      for (const module of modules) {
        const kind = (counts.kinds[module.project.name] ??= { passed: 0, failed: 0, skipped: 0, seconds: 0 });
        kind.seconds += module.diagnostic().duration / 1000;
        let hasFailed = false;
        for (const test of module.children.allTests()) {
          const { state } = test.result();
          if (state === "failed") hasFailed = true;
          kind[state === "passed" || state === "failed" ? state : "skipped"]++;
          if (test.diagnostic()?.flaky) counts.second.push(test.fullName);
        }
        // Outside of a test: a file that does not load, a set-up that throws.
        if (!module.ok() && !hasFailed) kind.failed++;
      }
      writeFileSync(file, JSON.stringify(counts));
    },
  };
}
