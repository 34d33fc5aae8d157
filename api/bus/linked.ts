import type { Bus, BusEvent } from "./bus.ts";
import { createListeners } from "./listeners.ts";
import { createPacketReader, directed, newNode, splitPacket } from "./packets.ts";

/** Payloads for one other node, or for all (null). */
export interface Parcel {
  to: string | null;
  payloads: readonly string[];
}
/** What carries texts to all other nodes (and brings this one's own for all back to it). */
export interface BusLink {
  readonly payloadBytesMax: number;
  /** As far as it knows. */
  readonly isUp: boolean;
  /** Resolves once they are handed over, in order and all together. Rejects when that is not sure. */
  send(parcels: readonly Parcel[]): Promise<void>;
  /** It seems deaf: connect again. */
  renew(): void;
  close(): Promise<void>;
}
export interface BusLinkEvents {
  onPayload(payload: string): void;
  /** The link was down for a while: what others said meanwhile is lost. */
  onGap(): void;
}
export interface LinkedBusOptions {
  /** A node that says nothing tells its position this often, so that others notice what they have missed. */
  positionMs: number;
  /** Hears, for one packet at a time, how many seconds it took until it came back to its sender. */
  onEcho?(seconds: number): void;
}

const QUEUE_MAX = 20_000;
const RETRY_MS = 200;
/** How long a close waits for what is still queued. */
const FLUSH_MS_MAX = 1000;
/** Of a node that was never heard before nobody knows how long it has been talking. */
const UNKNOWN_AGE_MS = 60_000;
/** Positions without an answer of our own before the link counts as deaf. */
const DEAF_TICKS = 2;
const NODES_MAX = 1000;

interface Queued {
  to: string | null;
  event: BusEvent;
}

/**
 * Events reach this node's own listeners at once and other nodes over the link. What was published while a packet was
 * under way goes together in the next one: the first event never waits, and load makes packets longer, not queues.
 */
export async function createLinkedBus(
  open: (node: string, events: BusLinkEvents) => Promise<BusLink>,
  { positionMs, onEcho }: LinkedBusOptions,
): Promise<Bus> {
  const node = newNode();
  const listeners = createListeners();
  const read = createPacketReader(node);
  const heardAt = new Map<string, number>();
  let lastHeardAt = performance.now();
  let choose: (event: BusEvent) => readonly string[] | null = () => null;
  let echoed = 0;
  let timed: { number: number; sentAt: number } | null = null;

  const tellGap = (from: string | null, sinceMs: number) =>
    listeners.deliver(
      [
        // Agents may have changed unheard.
        { topic: "registry", agent_id: null },
        { topic: "gap", node: from, ageMs: performance.now() - sinceMs },
      ],
      node,
    );

  function hear(payload: string): void {
    const now = performance.now();
    const heardBefore = lastHeardAt;
    lastHeardAt = now;
    if (payload.startsWith(`${node} `)) {
      echoed = Number(payload.split(" ", 2)[1]);
      // A later one will do: when the first was lost, the link was slow for that long.
      if (timed && echoed >= timed.number) {
        onEcho?.((now - timed.sentAt) / 1000);
        timed = null;
      }
      return;
    }
    const packet = read(payload);
    if (!packet) return;
    const { from, text, isAfterGap } = packet;
    const since = heardAt.get(from) ?? Math.min(heardBefore, now - UNKNOWN_AGE_MS);
    heardAt.delete(from);
    heardAt.set(from, now);
    if (heardAt.size > NODES_MAX) heardAt.delete(heardAt.keys().next().value!);
    if (isAfterGap) tellGap(from, since);
    listeners.deliver(JSON.parse(text) as BusEvent[], from);
  }

  const link = await open(node, { onPayload: hear, onGap: () => tellGap(null, lastHeardAt) });

  let queue: Queued[] = [];
  let lastNumber = 0;
  /** The last number to one node alone; who was talked to last stands last. */
  const numbers = new Map<string, number>();
  let isPositionDue = false;
  let isClosed = false;
  let pumping: Promise<void> | null = null;

  function nextNumber(to: string | null): number {
    if (to === null) return ++lastNumber;
    const number = (numbers.get(to) ?? 0) + 1;
    numbers.delete(to);
    numbers.set(to, number);
    if (numbers.size > NODES_MAX) numbers.delete(numbers.keys().next().value!);
    return number;
  }

  function parcelOf(to: string | null, events: readonly BusEvent[]): Parcel {
    const sender = to === null ? node : directed(node, to);
    return { to, payloads: splitPacket(sender, nextNumber(to), JSON.stringify(events), link.payloadBytesMax) };
  }

  async function pump(): Promise<void> {
    while (queue.length > 0 || isPositionDue) {
      // Without events a packet says its number, which is all there is to say.
      const packets = queue.length > 0 ? toPackets(queue) : [{ to: null, events: [] }];
      queue = [];
      isPositionDue = false;
      const parcels = packets.map(({ to, events }) => parcelOf(to, events));
      if (packets.some(({ to }) => to === null)) timed ??= { number: lastNumber, sentAt: performance.now() };
      // The same packets again: readers skip what they have seen.
      while (
        !(await link.send(parcels).then(
          () => true,
          () => false,
        ))
      ) {
        if (isClosed) return;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  function startPump(): void {
    if (!isClosed) pumping ??= pump().finally(() => (pumping = null));
  }

  function enqueue(entries: readonly Queued[]): void {
    if (entries.length === 0) return;
    queue.push(...entries);
    if (queue.length > QUEUE_MAX) {
      queue = queue.slice(-QUEUE_MAX / 2);
      // A number that is never sent: the others see that something is missing.
      lastNumber++;
    }
    startPump();
  }

  let numberBefore = 0;
  let deafFor = 0;
  const ticking = setInterval(() => {
    // What was sent before the last tick has not come back.
    deafFor = numberBefore > echoed ? deafFor + 1 : 0;
    if (deafFor >= DEAF_TICKS) {
      deafFor = 0;
      link.renew();
    }
    isPositionDue = lastNumber === numberBefore;
    numberBefore = lastNumber;
    if (isPositionDue) startPump();
  }, positionMs);
  ticking.unref();

  return {
    node,
    get isLinked() {
      return link.isUp && deafFor === 0;
    },
    publish(...events) {
      if (isClosed) return;
      enqueue(
        events.flatMap((event): Queued[] => {
          const nodes = choose(event);
          return nodes === null ? [{ to: null, event }] : nodes.map((to) => ({ to, event }));
        }),
      );
      listeners.deliver(events, node);
    },
    send(to, ...events) {
      if (!isClosed && to !== node) enqueue(events.map((event) => ({ to, event })));
    },
    route(next) {
      choose = next;
    },
    subscribe: listeners.subscribe,
    async close() {
      if (isClosed) return;
      isClosed = true;
      clearInterval(ticking);
      listeners.clear();
      await Promise.race([pumping, new Promise((resolve) => setTimeout(resolve, FLUSH_MS_MAX).unref())]);
      await link.close();
    },
  };
}

/** As few packets as keep the order that each receiver sees. */
function toPackets(queued: readonly Queued[]): { to: string | null; events: BusEvent[] }[] {
  const packets: { to: string | null; events: BusEvent[] }[] = [];
  const open = new Map<string | null, BusEvent[]>();
  for (const { to, event } of queued) {
    // What is for all stands between what is for one before it and after it.
    if (to === null) for (const name of open.keys()) if (name !== null) open.delete(name);
    if (to !== null) open.delete(null);
    let events = open.get(to);
    if (!events) {
      events = [];
      open.set(to, events);
      packets.push({ to, events });
    }
    events.push(event);
  }
  return packets;
}
