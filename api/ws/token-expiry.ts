const TIMER_MS_MAX = 2 ** 31 - 1;

export interface TokenExpiry {
  /** The token that counts from now on. Unix seconds. */
  renew(expiresAt: number): void;
  stop(): void;
}

/** Calls `onExpired` `graceMs` after the token's end, unless it was renewed. */
export function createTokenExpiry(graceMs: number, onExpired: () => void): TokenExpiry {
  let timer: NodeJS.Timeout | undefined;
  const renew = (expiresAt: number) => {
    clearTimeout(timer);
    // In whole seconds: Node keeps a list for each duration, and sockets of one second share theirs.
    const waitMs = Math.ceil((expiresAt * 1000 + graceMs - Date.now()) / 1000) * 1000;
    // A timer holds 24.8 days at most; a token that lives longer is looked at again then.
    timer = setTimeout(() => (waitMs > TIMER_MS_MAX ? renew(expiresAt) : onExpired()), Math.min(waitMs, TIMER_MS_MAX));
    timer.unref();
  };
  return { renew, stop: () => clearTimeout(timer) };
}
