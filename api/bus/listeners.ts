import type { BusEvent, BusListener } from "./bus.ts";

/** The listeners of this process. Everyone hears every event in the same order, also when a listener publishes. */
export interface Listeners {
  deliver(events: readonly BusEvent[], from: string): void;
  subscribe(listener: BusListener): () => void;
  clear(): void;
}

export function createListeners(): Listeners {
  const listeners = new Set<BusListener>();
  const queue: { event: BusEvent; from: string }[] = [];
  let isDelivering = false;
  return {
    deliver(events, from) {
      for (const event of events) queue.push({ event, from });
      if (isDelivering) return;
      isDelivering = true;
      for (let next = queue.shift(); next; next = queue.shift()) {
        for (const listener of listeners) {
          try {
            listener(next.event, next.from);
          } catch (err) {
            // Whoever publishes has committed already and must not fail because of somebody who listens.
            process.emitWarning(err as Error);
          }
        }
      }
      isDelivering = false;
    },
    subscribe(listener) {
      // Wrapped, so that the same function may listen twice.
      const own: BusListener = (event, from) => listener(event, from);
      listeners.add(own);
      return () => listeners.delete(own);
    },
    clear() {
      listeners.clear();
    },
  };
}
