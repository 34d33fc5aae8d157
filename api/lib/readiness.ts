type Check = () => boolean | Promise<boolean>;

/** What has to work before this process should get traffic. Parts add their own check. */
export interface Readiness {
  /**
   * `isNeeded` false: it is told, and traffic comes all the same. That is right for what all nodes share and can do without
   * for a while: a site with words missing is better than none.
   */
  add(name: string, check: Check, options?: { isNeeded?: boolean }): void;
  /** From now on it is not ready, and says so at once without a check: the process is about to go. */
  end(): void;
  /** A check that throws, or takes longer than `CHECK_MS_MAX`, has failed. */
  read(): Promise<{ isReady: boolean; checks: Record<string, boolean> }>;
}

/** Those who ask wait 2 to 3 s as a rule. */
const CHECK_MS_MAX = 1500;

export function createReadiness(): Readiness {
  let isEnding = false;
  const checks = new Map<string, { run: Check; isNeeded: boolean; running: Promise<boolean> | null }>();
  return {
    add(name, run, { isNeeded = true } = {}) {
      checks.set(name, { run, isNeeded, running: null });
    },
    end() {
      isEnding = true;
    },
    async read() {
      if (isEnding) return { isReady: false, checks: { not_stopping: false } };
      const results = await Promise.all(
        [...checks].map(async ([name, check]) => {
          // One that hangs is not begun again by everybody who asks: each would hold a connection.
          check.running ??= settle(check.run).finally(() => (check.running = null));
          return { name, isNeeded: check.isNeeded, isFine: await within(check.running) };
        }),
      );
      return {
        isReady: results.every(({ isFine, isNeeded }) => isFine || !isNeeded),
        checks: Object.fromEntries(results.map(({ name, isFine }) => [name, isFine])),
      };
    },
  };
}

async function settle(run: Check): Promise<boolean> {
  try {
    return await run();
  } catch {
    return false;
  }
}

async function within(result: Promise<boolean>): Promise<boolean> {
  let impatience: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => (impatience = setTimeout(resolve, CHECK_MS_MAX, false)));
  try {
    return await Promise.race([result, late]);
  } finally {
    clearTimeout(impatience);
  }
}
