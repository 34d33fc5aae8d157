export interface TokenBucket {
  /** Takes one token. 0: taken; otherwise the milliseconds until there is one again. */
  take(): number;
  /** Puts one back: what was taken turned out not to count. */
  give(): void;
  isFull(): boolean;
}

/** `capacity` tokens, refilled evenly over `refillMs`: a burst up to the capacity, then a steady rate. */
export function createTokenBucket(capacity: number, refillMs: number, now: () => number = () => performance.now()): TokenBucket {
  let tokens = capacity;
  let filledAt = now();
  const fill = () => {
    const at = now();
    tokens = Math.min(capacity, tokens + ((at - filledAt) * capacity) / refillMs);
    filledAt = at;
  };
  return {
    take() {
      fill();
      if (tokens < 1) return Math.max(1, Math.ceil(((1 - tokens) * refillMs) / capacity));
      tokens -= 1;
      return 0;
    },
    give() {
      fill();
      tokens = Math.min(capacity, tokens + 1);
    },
    isFull() {
      fill();
      return tokens === capacity;
    },
  };
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
