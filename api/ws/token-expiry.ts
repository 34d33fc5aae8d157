export interface TokenExpiry {
  /** The token that counts from now on. Unix seconds. */
  renew(expiresAt: number): void;
  stop(): void;
}

/** Calls `onExpired` `graceMs` after the token's end, to the second, unless it was renewed. */
export function createTokenExpiry(graceMs: number, onExpired: () => void): TokenExpiry {
  return new Expiry(graceMs, onExpired);
}

const SECOND_MS = 1000;
/** Unix second → who ends in it. One timer looks after all sockets, because one each would be a tenth of what an idle socket holds. */
const endings = new Map<number, Set<Expiry>>();
let timer: NodeJS.Timeout | undefined;
let lookedAt = 0;

function look(): void {
  const now = Math.floor(Date.now() / SECOND_MS);
  // Every second since the last time; where the clock was set, either way, or the process slept, whatever has passed.
  const isNext = now >= lookedAt && now - lookedAt < endings.size;
  const due = isNext ? range(lookedAt + 1, now) : [...endings.keys()].filter((second) => second <= now);
  lookedAt = now;
  for (const second of due) {
    const ending = endings.get(second);
    endings.delete(second);
    for (const expiry of ending ?? []) expiry.end();
  }
  rest();
}

function rest(): void {
  if (endings.size > 0) return;
  clearInterval(timer);
  timer = undefined;
}

const range = (from: number, to: number) => Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);

class Expiry implements TokenExpiry {
  readonly #graceMs: number;
  readonly #onExpired: () => void;
  #second = 0;

  constructor(graceMs: number, onExpired: () => void) {
    this.#graceMs = graceMs;
    this.#onExpired = onExpired;
  }

  renew(expiresAt: number): void {
    this.stop();
    const now = Math.floor(Date.now() / SECOND_MS);
    // Also where the clock was set back since: what ends from now on must not wait until it is as late again.
    if (!timer || now < lookedAt) lookedAt = now;
    timer ??= setInterval(look, SECOND_MS).unref();
    // One that is over already ends with the next look.
    this.#second = Math.max(Math.ceil(expiresAt + this.#graceMs / SECOND_MS), lookedAt + 1);
    const ending = endings.get(this.#second) ?? new Set();
    endings.set(this.#second, ending.add(this));
  }

  stop(): void {
    const ending = endings.get(this.#second);
    if (ending?.delete(this) && ending.size === 0) endings.delete(this.#second);
    rest();
  }

  end(): void {
    this.#onExpired();
  }
}
