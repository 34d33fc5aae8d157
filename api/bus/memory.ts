import type { Bus } from "./bus.ts";
import { createListeners } from "./listeners.ts";
import { newNode } from "./packets.ts";

/** One process. Delivers at once and in order. */
export function createMemoryBus(): Bus {
  const node = newNode();
  const listeners = createListeners();
  return {
    node,
    isLinked: true,
    publish: (...events) => listeners.deliver(events, node),
    // There are no others.
    send() {},
    route() {},
    subscribe: listeners.subscribe,
    async close() {
      listeners.clear();
    },
  };
}
