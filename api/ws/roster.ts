import type { BusEvent, Whereabouts } from "../bus/bus.ts";

type Here = Extract<BusEvent, { topic: "here" }>;
export type Present = Exclude<Whereabouts, "gone">;

/** What every node has: who holds sockets there, and which conversations its operators read. A copy on each node. */
export interface Roster {
  /** Of this node. Repeating what is known tells nothing. */
  setPerson(userId: string, clientId: string | null, whereabouts: Whereabouts): void;
  setReading(conversationId: string, isReading: boolean): void;
  /** Takes in what a node said; false: the copy has a hole, ask for the whole. */
  hear(from: string, event: Here): boolean;
  /** Everything of this node, for somebody who asked. */
  whole(): Here;
  /** Tells that this node lives; nothing else may have changed. */
  beat(): Here;
  /** Over all nodes: online while somebody's node says so. */
  whereaboutsOf(userId: string): Whereabouts;
  /** True once no other node has been heard of for so long that there is none. */
  isAlone(): boolean;
  /** Other nodes with a socket of that person. */
  nodesOf(userId: string | null): Iterable<string>;
  /** Other nodes with an operator who reads it. */
  readersOf(conversationId: string): Iterable<string>;
  stop(): void;
}

export interface RosterOptions {
  /** This node. */
  node: string;
  /** A node that says nothing for so long is dead. */
  leaseMs: number;
  /** To all nodes, this one included: `hear` is how the roster learns of itself as well. */
  announce(event: Here): void;
  /** Somebody's whereabouts may have changed. `isLate`: because a node died, long after the fact. */
  onPerson(userId: string, clientId: string | null, isLate: boolean): void;
}

/** What one node said of itself. */
interface Copy {
  people: Map<string, { clientId: string | null; whereabouts: Present }>;
  reading: Set<string>;
  digest: number;
  timer: NodeJS.Timeout | undefined;
}

export function createRoster({ node, leaseMs, announce, onPerson }: RosterOptions): Roster {
  const own = emptyCopy();
  const copies = new Map<string, Copy>();
  const nodesOf = new Map<string, Set<string>>();
  const readersOf = new Map<string, Set<string>>();
  /** This node's own view of itself comes by way of the bus, like everybody's. */
  let isStopped = false;
  const startedAt = performance.now();

  function change(from: string, copy: Copy, { people, reading }: Pick<Here, "people" | "reading">, isLate = false): void {
    const moved: [string, string | null][] = [];
    for (const [userId, clientId, whereabouts] of people) {
      if (setPerson(copy, userId, clientId, whereabouts)) moved.push([userId, clientId]);
      index(nodesOf, userId, from, whereabouts !== "gone");
    }
    for (const [conversationId, isReading] of reading) {
      setReading(copy, conversationId, isReading);
      index(readersOf, conversationId, from, isReading);
    }
    for (const [userId, clientId] of moved) onPerson(userId, clientId, isLate);
  }

  function bury(from: string): void {
    const copy = copies.get(from);
    if (!copy) return;
    clearTimeout(copy.timer);
    change(from, copy, emptied(copy), true);
    copies.delete(from);
  }

  return {
    setPerson(userId, clientId, whereabouts) {
      if (setPerson(own, userId, clientId, whereabouts)) tell({ people: [[userId, clientId, whereabouts]], reading: [] });
    },
    setReading(conversationId, isReading) {
      if (setReading(own, conversationId, isReading)) tell({ people: [], reading: [[conversationId, isReading]] });
    },
    hear(from, event) {
      if (isStopped) return true;
      let copy = copies.get(from);
      if (!copy) copies.set(from, (copy = emptyCopy()));
      clearTimeout(copy.timer);
      if (from !== node) {
        copy.timer = setTimeout(bury, leaseMs, from);
        copy.timer.unref();
      }
      if (event.isWhole) {
        const named = new Set(event.people.map(([userId]) => userId));
        const read = new Set(event.reading.map(([id]) => id));
        const { people, reading } = emptied(copy);
        change(from, copy, {
          people: [...people.filter(([userId]) => !named.has(userId)), ...event.people],
          reading: [...reading.filter(([id]) => !read.has(id)), ...event.reading],
        });
      } else change(from, copy, event);
      return copy.digest === event.digest;
    },
    whole: () => ({
      topic: "here",
      isWhole: true,
      people: [...own.people].map(([userId, { clientId, whereabouts }]) => [userId, clientId, whereabouts] as const),
      reading: [...own.reading].map((id) => [id, true] as const),
      digest: own.digest,
    }),
    beat: () => ({ topic: "here", isWhole: false, people: [], reading: [], digest: own.digest }),
    whereaboutsOf(userId) {
      let found: Whereabouts = "gone";
      for (const name of nodesOf.get(userId) ?? []) {
        const { whereabouts } = copies.get(name)!.people.get(userId)!;
        if (whereabouts === "online") return "online";
        found = whereabouts;
      }
      return found;
    },
    isAlone: () => copies.size <= (copies.has(node) ? 1 : 0) && performance.now() - startedAt > leaseMs,
    *nodesOf(userId) {
      if (userId !== null) for (const name of nodesOf.get(userId) ?? []) if (name !== node) yield name;
    },
    *readersOf(conversationId) {
      for (const name of readersOf.get(conversationId) ?? []) if (name !== node) yield name;
    },
    stop() {
      isStopped = true;
      for (const { timer } of copies.values()) clearTimeout(timer);
    },
  };

  function tell(changes: Pick<Here, "people" | "reading">): void {
    announce({ topic: "here", isWhole: false, ...changes, digest: own.digest });
  }
}

const emptyCopy = (): Copy => ({ people: new Map(), reading: new Set(), digest: 0, timer: undefined });

/** What has to be said for nothing to be left. */
const emptied = (copy: Copy): Pick<Here, "people" | "reading"> => ({
  people: [...copy.people].map(([userId, { clientId }]) => [userId, clientId, "gone"] as const),
  reading: [...copy.reading].map((id) => [id, false] as const),
});

/** True when that was news. */
function setPerson(copy: Copy, userId: string, clientId: string | null, whereabouts: Whereabouts): boolean {
  const before = copy.people.get(userId);
  if ((before?.whereabouts ?? "gone") === whereabouts) return false;
  if (before) copy.digest ^= hash(`${userId} ${before.whereabouts}`);
  if (whereabouts === "gone") copy.people.delete(userId);
  else {
    copy.digest ^= hash(`${userId} ${whereabouts}`);
    copy.people.set(userId, { clientId, whereabouts });
  }
  return true;
}

function setReading(copy: Copy, conversationId: string, isReading: boolean): boolean {
  if (copy.reading.has(conversationId) === isReading) return false;
  copy.digest ^= hash(conversationId);
  if (isReading) copy.reading.add(conversationId);
  else copy.reading.delete(conversationId);
  return true;
}

function index(of: Map<string, Set<string>>, key: string, node: string, isThere: boolean): void {
  const nodes = of.get(key);
  if (isThere) of.set(key, (nodes ?? new Set()).add(node));
  else if (nodes?.delete(node) && nodes.size === 0) of.delete(key);
}

/** FNV-1a, 32 bits. The order of what is there does not matter: digests are joined by exclusive or. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value;
}
