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

/**
 * `area` is asked at each use, so that nothing is touched before the first; it may throw (blocked cookies, sandboxed
 * frames) or give undefined, and memory takes over then.
 */
export function openStorage(area: () => StorageArea | undefined): KeyValueStorage {
  const memory = new Map<string, string>();
  const attempt = <T>(fn: () => T): T | undefined => {
    try {
      return fn();
    } catch {
      return undefined;
    }
  };
  return {
    get(key) {
      const text = memory.get(key) ?? attempt(() => area()?.getItem(key));
      return text ? attempt(() => JSON.parse(text) as unknown) : undefined;
    },
    set(key, value) {
      const text = JSON.stringify(value);
      // A full or blocked area: what was written has to be readable at least here.
      memory.set(key, text);
      attempt(() => {
        const real = area();
        real?.setItem(key, text);
        if (real) memory.delete(key);
      });
    },
    remove(key) {
      memory.delete(key);
      attempt(() => area()?.removeItem(key));
    },
  };
}
