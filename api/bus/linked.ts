import { randomUUID } from "node:crypto";
import type { Bus, BusEvent } from "./bus.ts";
import { createListeners } from "./listeners.ts";
import { createPacketReader, splitPacket } from "./packets.ts";

/** What carries texts to all other nodes (and may carry them back to this one). */
export interface BusLink {
  readonly payloadBytesMax: number;
  /** Resolves once they are handed over, in order and all together. Rejects when that is not sure. */
  send(payloads: readonly string[]): Promise<void>;
  close(): Promise<void>;
}
export interface BusLinkEvents {
  onPayload(payload: string): void;
  /** The link was down for a while: what others said meanwhile is lost. */
  onGap(): void;
}

const QUEUE_MAX = 20_000;
const RETRY_MS = 200;
/** How long a close waits for what is still queued. */
const FLUSH_MS_MAX = 1000;

/**
 * Events reach this node's own listeners at once and other nodes over the link. What was published while a packet was
 * under way goes together in the next one: the first event never waits, and load makes packets longer, not queues.
 */
export async function createLinkedBus(open: (events: BusLinkEvents) => Promise<BusLink>): Promise<Bus> {
  const node = randomUUID();
  const listeners = createListeners();
  const read = createPacketReader(node);
  const link = await open({
    onPayload(payload) {
      const text = read(payload);
      if (text !== null) listeners.deliver(JSON.parse(text) as BusEvent[]);
    },
    // Agents may have changed unheard; frames and jobs heal by sync and by the next poll.
    onGap: () => listeners.deliver([{ topic: "registry", agent_id: null }]),
  });

  let queue: BusEvent[] = [];
  let lastNumber = 0;
  let isClosed = false;
  let pumping: Promise<void> | null = null;

  async function pump(): Promise<void> {
    while (queue.length > 0) {
      const payloads = splitPacket(node, ++lastNumber, JSON.stringify(queue), link.payloadBytesMax);
      queue = [];
      // The same packet again: readers skip what they have seen.
      while (
        !(await link.send(payloads).then(
          () => true,
          () => false,
        ))
      ) {
        if (isClosed) return;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  return {
    publish(...events) {
      if (isClosed) return;
      queue.push(...events);
      if (queue.length > QUEUE_MAX) queue = queue.slice(-QUEUE_MAX);
      pumping ??= pump().finally(() => (pumping = null));
      listeners.deliver(events);
    },
    subscribe: listeners.subscribe,
    async close() {
      if (isClosed) return;
      isClosed = true;
      listeners.clear();
      await Promise.race([pumping, new Promise((resolve) => setTimeout(resolve, FLUSH_MS_MAX).unref())]);
      await link.close();
    },
  };
}
