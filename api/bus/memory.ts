import type { Bus, BusListener } from "./bus.ts";

/** One process. Delivers at once and in order. */
export function createMemoryBus(): Bus {
  const listeners = new Set<BusListener>();
  return {
    publish(...events) {
      for (const event of events) for (const listener of listeners) listener(event);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      listeners.clear();
    },
  };
}
