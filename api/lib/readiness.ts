/** What has to work before this process should get traffic. Parts add their own check. */
export interface Readiness {
  add(name: string, check: () => boolean | Promise<boolean>): void;
  /** From now on it is not ready, whatever the checks say: the process is about to go. */
  end(): void;
  /** A check that throws has failed. */
  read(): Promise<{ isReady: boolean; checks: Record<string, boolean> }>;
}

export function createReadiness(): Readiness {
  const checks = new Map<string, () => boolean | Promise<boolean>>();
  return {
    add(name, check) {
      checks.set(name, check);
    },
    end() {
      checks.set("not_stopping", () => false);
    },
    async read() {
      const results = await Promise.all(
        [...checks].map(async ([name, check]) => {
          try {
            return [name, await check()] as const;
          } catch {
            return [name, false] as const;
          }
        }),
      );
      return { isReady: results.every(([, isFine]) => isFine), checks: Object.fromEntries(results) };
    },
  };
}
