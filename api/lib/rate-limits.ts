import type { Counters } from "../counters/counters.ts";
import { rateLimited } from "../errors.ts";

export interface RateLimit {
  /** Uses up one of the key's allowance; throws RATE_LIMITED, with the time to wait, when it is spent. */
  take(key: string): Promise<void>;
  /** It turned out not to count. Never throws. */
  giveBack(key: string): Promise<void>;
}

interface RateLimitOptions {
  /** Unlike any other's: the counters are shared. */
  name: string;
  pointsMax: number;
  windowMs: number;
  message?: string;
  onHit?(): void;
}

/** `pointsMax` per key and `windowMs`, counted from the key's first use. */
export function createRateLimit(counters: Counters, options: RateLimitOptions): RateLimit {
  const { name, pointsMax, windowMs, message, onHit } = options;
  return {
    async take(key) {
      const { points, endsInMs } = await counters.add(`${name} ${key}`, 1, windowMs);
      if (points <= pointsMax) return;
      onHit?.();
      throw rateLimited(endsInMs, message);
    },
    async giveBack(key) {
      await counters.add(`${name} ${key}`, -1, windowMs).catch(() => {});
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

interface BrakeOptions {
  /** Unlike any other's: the counters are shared. */
  name: string;
  freeAttempts: number;
  firstRestMs: number;
  restMsMax: number;
  onHit?(): void;
}

const FORGOTTEN_AFTER_MS = 3_600_000;

/**
 * Slows guessing down: `freeAttempts` are free, after each further one the key rests, first `firstRestMs`, then twice as
 * long each time up to `restMsMax`. Attempts are forgotten an hour after the first.
 */
export function createBrake(counters: Counters, options: BrakeOptions): Brake {
  const { name, freeAttempts, firstRestMs, restMsMax, onHit } = options;
  const attempts = (key: string) => `${name} attempts ${key}`;
  const rests = (key: string) => `${name} rests ${key}`;
  const refuse = (ms: number) => {
    onHit?.();
    return ms;
  };
  return {
    async attempt(key) {
      const rest = await counters.get(rests(key));
      if (rest) return refuse(rest.endsInMs);
      // Counted before the answer is known: a hundred guesses at the same moment are a hundred attempts.
      const { points } = await counters.add(attempts(key), 1, FORGOTTEN_AFTER_MS);
      if (points < freeAttempts) return 0;
      const doublings = Math.min(points - freeAttempts, 20);
      // Of several that come this far at once, one goes ahead and starts the rest.
      const started = await counters.add(rests(key), 1, Math.min(firstRestMs * 2 ** doublings, restMsMax));
      if (started.points === 1) return 0;
      await counters.add(attempts(key), -1, FORGOTTEN_AFTER_MS);
      return refuse(started.endsInMs);
    },
    async giveBack(key) {
      await counters.add(attempts(key), -1, FORGOTTEN_AFTER_MS);
    },
    async forgive(key) {
      await counters.delete(attempts(key));
      await counters.delete(rests(key));
    },
  };
}
