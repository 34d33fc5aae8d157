import { RateLimiterMemory, type RateLimiterRes } from "rate-limiter-flexible";
import { rateLimited } from "../errors.ts";

export interface RateLimit {
  /** Uses up `points` of the key's allowance; throws RATE_LIMITED, with the time to wait, when it is spent. */
  take(key: string, points?: number): Promise<void>;
  /** Forgets the key, for example when what it counted has gone. */
  reset(key: string): Promise<void>;
}

/** `pointsMax` per key and `windowMs`, counted in this process from the key's first use. */
export function createRateLimit(options: { pointsMax: number; windowMs: number; message?: string }): RateLimit {
  const limiter = new RateLimiterMemory({ points: options.pointsMax, duration: options.windowMs / 1000 });
  return {
    async take(key, points = 1) {
      try {
        await limiter.consume(key, points);
      } catch (err) {
        throw rateLimited(Math.max(1, (err as RateLimiterRes).msBeforeNext ?? options.windowMs), options.message);
      }
    },
    async reset(key) {
      await limiter.delete(key);
    },
  };
}

export interface Brake {
  /** Call before each attempt. Returns the milliseconds to wait, 0 to go ahead. An attempt counts until it is forgiven. */
  attempt(key: string): Promise<number>;
  /** The attempt was honest and does not count. */
  giveBack(key: string): Promise<void>;
  /** The attempt proved who it was: forgets all of the key's. */
  forgive(key: string): Promise<void>;
}

/**
 * Slows guessing down: `freeAttempts` are free, after each further one the key rests, first `firstRestMs`, then twice as
 * long each time up to `restMsMax`. Attempts are forgotten an hour after the first.
 */
export function createBrake(options: { freeAttempts: number; firstRestMs: number; restMsMax: number }): Brake {
  const attempts = new RateLimiterMemory({ keyPrefix: "attempts", points: Number.MAX_SAFE_INTEGER, duration: 3600 });
  const rests = new RateLimiterMemory({ keyPrefix: "rests", points: 1, duration: 3600 });
  return {
    async attempt(key) {
      const rest = await rests.get(key);
      if (rest && rest.msBeforeNext > 0) return rest.msBeforeNext;
      // Counted before the answer is known: a hundred guesses at the same moment are a hundred attempts.
      const { consumedPoints } = await attempts.penalty(key);
      if (consumedPoints < options.freeAttempts) return 0;
      const doublings = Math.min(consumedPoints - options.freeAttempts, 20);
      const restSeconds = Math.min(options.firstRestMs * 2 ** doublings, options.restMsMax) / 1000;
      try {
        // Of several that come this far at once, one goes ahead and starts the rest.
        await rests.consume(key, 1, { customDuration: restSeconds });
        return 0;
      } catch (err) {
        await attempts.reward(key);
        return Math.max(1, (err as RateLimiterRes).msBeforeNext);
      }
    },
    async giveBack(key) {
      await attempts.reward(key);
    },
    async forgive(key) {
      await attempts.delete(key);
      await rests.delete(key);
    },
  };
}
