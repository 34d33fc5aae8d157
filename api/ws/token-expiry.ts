const TIMER_MS_MAX = 2 ** 31 - 1;

export interface TokenExpiry {
  /** The token that counts from now on. Unix seconds. */
  renew(expiresAt: number): void;
  stop(): void;
}

/** Calls `onExpired` `graceMs` after the token's end, unless it was renewed. */
export function createTokenExpiry(graceMs: number, onExpired: () => void): TokenExpiry {
  return new Expiry(graceMs, onExpired);
}

class Expiry implements TokenExpiry {
  readonly #graceMs: number;
  readonly #onExpired: () => void;
  #expiresAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(graceMs: number, onExpired: () => void) {
    this.#graceMs = graceMs;
    this.#onExpired = onExpired;
  }

  renew(expiresAt: number): void {
    this.stop();
    this.#expiresAt = expiresAt;
    // In whole seconds: Node keeps a list for each duration, and sockets of one second share theirs.
    const waitMs = Math.ceil((expiresAt * 1000 + this.#graceMs - Date.now()) / 1000) * 1000;
    // A timer holds 24.8 days at most; a token that lives longer is looked at again then.
    this.#timer = setTimeout(endWait, Math.min(waitMs, TIMER_MS_MAX), this, waitMs > TIMER_MS_MAX);
    this.#timer.unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  end(isTooSoon: boolean): void {
    if (isTooSoon) this.renew(this.#expiresAt);
    else this.#onExpired();
  }
}

const endWait = (expiry: Expiry, isTooSoon: boolean) => expiry.end(isTooSoon);
