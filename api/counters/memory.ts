import { RateLimiterMemory } from "rate-limiter-flexible";
import type { Counters } from "./counters.ts";
import { toCount, UNBOUNDED } from "./to-count.ts";

/** Counts in this process alone: the embedded database's, and what the others fall back to. */
export function createMemoryCounters(): Counters {
  const limiter = new RateLimiterMemory(UNBOUNDED);
  return {
    async add(key, points, windowMs) {
      return toCount(await limiter.penalty(key, points, { customDuration: windowMs / 1000 }));
    },
    async get(key) {
      const found = await limiter.get(key);
      return found && found.msBeforeNext > 0 ? toCount(found) : null;
    },
    async delete(key) {
      await limiter.delete(key);
    },
    async close() {},
  };
}
