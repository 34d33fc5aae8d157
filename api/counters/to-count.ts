import type { RateLimiterRes } from "rate-limiter-flexible";
import type { Count } from "./counters.ts";

/** Limiters of the library that only count: who counts decides what is too much. */
export const UNBOUNDED = { keyPrefix: "", points: Number.MAX_SAFE_INTEGER, duration: 3600 } as const;

export const toCount = ({ consumedPoints, msBeforeNext }: RateLimiterRes): Count => ({
  points: consumedPoints,
  endsInMs: Math.max(1, msBeforeNext),
});
