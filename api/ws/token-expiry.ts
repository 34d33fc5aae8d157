/** A refreshed token may be on its way when the old one ends. */
export const TOKEN_GRACE_MS = 5_000;
const TIMER_MS_MAX = 2 ** 31 - 1;

export interface TokenExpiry {
  /** The token that counts from now on. Unix seconds. */
  renew(expiresAt: number): void;
  stop(): void;
}

/** Calls `onExpired` a grace after the token's end, unless it was renewed. */
export function createTokenExpiry(onExpired: () => void): TokenExpiry {
  let timer: NodeJS.Timeout | undefined;
  const renew = (expiresAt: number) => {
    clearTimeout(timer);
    const waitMs = expiresAt * 1000 + TOKEN_GRACE_MS - Date.now();
    // A timer holds 24.8 days at most; a token that lives longer is looked at again then.
    timer = setTimeout(() => (waitMs > TIMER_MS_MAX ? renew(expiresAt) : onExpired()), Math.min(waitMs, TIMER_MS_MAX));
    timer.unref();
  };
  return { renew, stop: () => clearTimeout(timer) };
}
