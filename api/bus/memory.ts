import type { Bus } from "./bus.ts";
import { createListeners } from "./listeners.ts";

/** One process. Delivers at once and in order. */
export function createMemoryBus(): Bus {
  const listeners = createListeners();
  return {
    publish: (...events) => listeners.deliver(events),
    subscribe: listeners.subscribe,
    async close() {
      listeners.clear();
    },
  };
}
