import type { Counters } from "../counters/counters.ts";
import { rateLimited } from "../errors.ts";

export interface RateLimit {
  /** Uses up one of the key's allowance; throws RATE_LIMITED, with the time to wait, when it is spent. */
  take(key: string): Promise<void>;
  /** What was taken turned out not to count. */
  giveBack(key: string): void;
}

interface RateLimitOptions {
  /** Unlike any other's: the counters are shared. */
  name: string;
  pointsMax: number;
  windowMs: number;
  /** Points that a node sets aside at once for a key, so that most of them cost no trip. 1 unless told. */
  ahead?: number;
  message?: string;
  onHit?(): void;
}

/** What this node has set aside of a key's window. */
interface Lease {
  left: number;
  /** `performance.now()` at the end of the window. */
  endsAt: number;
  /** So much is used that one at a time is asked for. */
  isScarce: boolean;
}

const LEASES_SWEPT_AT = 10_000;

/**
 * `pointsMax` per key and `windowMs`, counted from the key's first use, never more over all nodes that share the counters. What a node
 * has set aside is out of the others' reach: in the second half of the allowance it sets nothing aside any more.
 */
export function createRateLimit(counters: Counters, options: RateLimitOptions): RateLimit {
  const { name, pointsMax, windowMs, message, onHit, ahead = 1 } = options;
  const leases = new Map<string, Lease>();
  const asking = new Map<string, Promise<void>>();

  function leaseOf(key: string): Lease | undefined {
    const lease = leases.get(key);
    if (lease && performance.now() < lease.endsAt) return lease;
    leases.delete(key);
    return undefined;
  }

  async function ask(key: string): Promise<void> {
    const wished = leaseOf(key)?.isScarce ? 1 : ahead;
    const { points, endsInMs } = await counters.add(`${name} ${key}`, wished, windowMs);
    const granted = Math.min(wished, pointsMax - (points - wished));
    if (granted < 1) {
      onHit?.();
      throw rateLimited(endsInMs, message);
    }
    const isScarce = points > pointsMax / 2;
    const kept = isScarce ? 1 : granted;
    if (kept < wished) void counters.add(`${name} ${key}`, kept - wished, windowMs).catch(() => {});
    if (leases.size >= LEASES_SWEPT_AT) for (const old of leases.keys()) leaseOf(old);
    leases.set(key, { left: kept, endsAt: performance.now() + endsInMs, isScarce });
  }

  return {
    async take(key) {
      for (;;) {
        const lease = leaseOf(key);
        if (lease && lease.left > 0) return void lease.left--;
        const asked = asking.get(key);
        // Whoever comes meanwhile shares what is set aside, or asks next.
        if (asked) await asked.catch(() => {});
        else {
          const own = ask(key).finally(() => asking.delete(key));
          asking.set(key, own);
          await own;
        }
      }
    },
    giveBack(key) {
      const lease = leaseOf(key);
      if (lease) lease.left++;
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
