export interface TokenBucket {
  /** Takes one token. 0: taken; otherwise the milliseconds until there is one again. */
  take(): number;
  /** Puts one back: what was taken turned out not to count. */
  give(): void;
  isFull(): boolean;
}

/** `capacity` tokens, refilled evenly over `refillMs`: a burst up to the capacity, then a steady rate. */
export function createTokenBucket(capacity: number, refillMs: number, now: () => number = () => performance.now()): TokenBucket {
  return new Bucket(capacity, refillMs, now);
}

/** A class, because every socket has some. */
class Bucket implements TokenBucket {
  readonly #capacity: number;
  readonly #refillMs: number;
  readonly #now: () => number;
  #tokens: number;
  #filledAt: number;

  constructor(capacity: number, refillMs: number, now: () => number) {
    this.#capacity = capacity;
    this.#refillMs = refillMs;
    this.#now = now;
    this.#tokens = capacity;
    this.#filledAt = now();
  }

  take(): number {
    this.#fill();
    if (this.#tokens < 1) return Math.max(1, Math.ceil(((1 - this.#tokens) * this.#refillMs) / this.#capacity));
    this.#tokens -= 1;
    return 0;
  }

  give(): void {
    this.#fill();
    this.#tokens = Math.min(this.#capacity, this.#tokens + 1);
  }

  isFull(): boolean {
    this.#fill();
    return this.#tokens === this.#capacity;
  }

  #fill(): void {
    const at = this.#now();
    this.#tokens = Math.min(this.#capacity, this.#tokens + ((at - this.#filledAt) * this.#capacity) / this.#refillMs);
    this.#filledAt = at;
  }
}

const KEYS_SWEPT_AT = 10_000;

/** One bucket per key. Full buckets are forgotten, since a new one would be the same. */
export function createKeyedBuckets(capacity: number, refillMs: number): { of(key: string): TokenBucket } {
  const buckets = new Map<string, TokenBucket>();
  return {
    of(key) {
      let bucket = buckets.get(key);
      if (!bucket) {
        if (buckets.size >= KEYS_SWEPT_AT) for (const [old, it] of buckets) if (it.isFull()) buckets.delete(old);
        bucket = createTokenBucket(capacity, refillMs);
        buckets.set(key, bucket);
      }
      return bucket;
    },
  };
}
