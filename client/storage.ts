/** Small JSON values that survive a reload where the browser allows it, and the page's life where it does not. */
export interface KeyValueStorage {
  get(key: string): unknown;
  set(key: string, value: unknown): void;
  remove(key: string): void;
}

/** The part of the Web Storage API that is used; `localStorage` fits. */
export interface StorageArea {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** `area`: called once, may throw (blocked cookies, sandboxed frames) or give undefined; memory takes over then. */
export function openStorage(area: () => StorageArea | undefined): KeyValueStorage {
  const memory = new Map<string, string>();
  const real = attempt(area);
  return {
    get(key) {
      const text = memory.get(key) ?? attempt(() => real?.getItem(key));
      return text ? attempt(() => JSON.parse(text) as unknown) : undefined;
    },
    set(key, value) {
      const text = JSON.stringify(value);
      const stored = attempt(() => {
        real?.setItem(key, text);
        return real !== undefined;
      });
      // A full or blocked area: what was written has to be readable at least here.
      if (stored) memory.delete(key);
      else memory.set(key, text);
    },
    remove(key) {
      memory.delete(key);
      attempt(() => real?.removeItem(key));
    },
  };
}

function attempt<T>(fn: () => T): T | undefined {
  try {
    return fn();
  } catch {
    return undefined;
  }
}
