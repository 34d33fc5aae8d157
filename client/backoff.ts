const FIRST_MS = 1000;
const MAX_MS = 30_000;

/**
 * Milliseconds to wait before try number `attempt` (from 0): 1 s ± 50 % first, so that a restarted server is not met by
 * everybody at once, then full jitter up to 30 s. `random` is in [0, 1).
 */
export function reconnectDelayMs(attempt: number, random: number): number {
  if (attempt <= 0) return Math.round(FIRST_MS * (0.5 + random));
  return Math.round(random * Math.min(MAX_MS, FIRST_MS * 2 ** Math.min(attempt, 10)));
}
