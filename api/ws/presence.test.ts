import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Bus, BusEvent, BusListener } from "../bus/bus.ts";
import type { UserActor, VisitorActor } from "../db/actor.ts";
import type { Database } from "../db/database.ts";
import { createMetrics } from "../lib/metrics.ts";
import { SERVER_LIMITS } from "../limits.ts";
import { createHub, type Hub, type Peer } from "./hub.ts";
import type { PresenceStatus } from "./presence.ts";

const VISITORS = ["v0", "v1", "v2"] as const;
const LATENCY_MS_MAX = 50;
const OFFLINE_MS = SERVER_LIMITS.offlineAfterMs;
const LEASE_MS = SERVER_LIMITS.nodeLeaseMs;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const now = () => performance.now();

/** Nodes on a network of simulated time: in order between any two of them, and some packets never come. */
class Network {
  readonly nodes: Node[] = [];
  readonly isLost: () => boolean;
  readonly latencyMs: () => number;
  /** Visitor → when their sockets came and went, wherever. */
  readonly truth = new Map<string, { at: number; count: number }[]>(VISITORS.map((id) => [id, [{ at: 0, count: 0 }]]));

  /** Everything that went over it. */
  readonly carried: BusEvent[] = [];

  constructor(latencyMs: () => number, isLost: () => boolean = () => false) {
    this.latencyMs = latencyMs;
    this.isLost = isLost;
  }
  start(): Node {
    const node = new Node(this);
    this.nodes.push(node);
    return node;
  }
  count(visitor: string, change: number): void {
    const history = this.truth.get(visitor) ?? [{ at: 0, count: 0 }];
    this.truth.set(visitor, history);
    history.push({ at: now(), count: history.at(-1)!.count + change });
  }
  isThere(visitor: string): boolean {
    return this.truth.get(visitor)!.at(-1)!.count > 0;
  }
  /** Whether the visitor had a socket at any moment of that time. */
  wasThere(visitor: string, from: number, to: number): boolean {
    const history = this.truth.get(visitor)!;
    return history.some(({ at, count }, index) => count > 0 && at <= to && (history[index + 1]?.at ?? Infinity) > from);
  }
}

/** A hub with an administrator who hears all of it, from the first moment on. */
class Node {
  readonly id = randomUUID().slice(0, 16);
  readonly startedAt = now();
  readonly told: { at: number; visitor: string; status: PresenceStatus }[] = [];
  isAlive = true;
  readonly #network: Network;
  readonly #listeners = new Set<BusListener>();
  readonly #arrival = new Map<string, number>();
  readonly #sockets = new Map<string, Peer[]>();
  readonly hub: Hub;

  constructor(network: Network) {
    this.#network = network;
    const bus: Bus = {
      node: this.id,
      isLinked: true,
      publish: (...events) => {
        for (const event of events) {
          this.#hear(event, this.id);
          for (const other of network.nodes) if (other !== this) this.#carry(other, event);
        }
      },
      send: (to, ...events) => {
        const other = network.nodes.find((one) => one.id === to && one !== this);
        if (other) for (const event of events) this.#carry(other, event);
      },
      route() {},
      subscribe: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
      async close() {},
    };
    this.hub = createHub({
      db: {} as Database,
      bus,
      log: pino({ level: "silent" }),
      limits: SERVER_LIMITS,
      metrics: createMetrics({ withProcess: false }),
    });
    const admin: UserActor = {
      kind: "user",
      user_id: this.id,
      role: "admin",
      client_id: null,
      email: "admin@example.test",
      name: null,
      session_id: null,
    };
    this.hub.join(
      peerOf(admin, (frame) => {
        if (frame.type === "presence" && frame.user_id.startsWith("v"))
          this.told.push({ at: now(), visitor: frame.user_id, status: frame.status });
      }),
    );
  }
  #hear(event: BusEvent, from: string): void {
    if (this.isAlive) for (const listener of this.#listeners) listener(event, from);
  }
  #carry(other: Node, event: BusEvent): void {
    if (!this.isAlive || this.#network.isLost()) return;
    const at = Math.max(now() + this.#network.latencyMs(), this.#arrival.get(other.id) ?? 0);
    this.#arrival.set(other.id, at);
    this.#network.carried.push(event);
    const text = JSON.stringify(event);
    setTimeout(() => other.#hear(JSON.parse(text) as BusEvent, this.id), at - now());
  }
  connect(visitor: string): void {
    const actor: VisitorActor = { kind: "visitor", visitor_id: visitor, agent_id: "agent", client_id: "client" };
    const peer = peerOf(actor, () => {});
    this.#sockets.set(visitor, [...(this.#sockets.get(visitor) ?? []), peer]);
    this.#network.count(visitor, 1);
    this.hub.join(peer);
  }
  disconnect(visitor: string): void {
    const peer = this.#sockets.get(visitor)?.pop();
    if (!peer) return;
    this.#network.count(visitor, -1);
    this.hub.leave(peer);
  }
  away(visitor: string): void {
    const peer = this.#sockets.get(visitor)?.[0];
    if (peer) this.hub.setPresence(peer, "away");
  }
  /** Without a word. */
  die(): void {
    this.isAlive = false;
    for (const [visitor, peers] of this.#sockets) this.#network.count(visitor, -peers.length);
    this.#sockets.clear();
  }
  statusOf(visitor: string): PresenceStatus {
    return this.hub.presenceOf(visitor);
  }
}

function peerOf(actor: Peer["actor"], hear: (frame: Parameters<Peer["deliver"]>[0]["frame"]) => void): Peer {
  return {
    session_id: randomUUID(),
    actor,
    isPlain: false,
    subscriptions: new Set(),
    deliver: ({ frame }) => hear(frame),
    end() {},
    drain() {},
  };
}

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom("connect" as const, "disconnect" as const, "away" as const, "move" as const),
      node: fc.nat(3),
      visitor: fc.constantFrom(...VISITORS),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("die" as const, "start" as const), node: fc.nat(3) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.oneof(fc.nat(200), fc.nat(15_000), fc.nat(70_000)) }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function run(network: Network, steps: readonly Step[]): void {
  for (const action of steps) {
    const alive = network.nodes.filter(({ isAlive }) => isAlive);
    const node = alive[("node" in action ? action.node : 0) % alive.length]!;
    if (action.do === "wait") vi.advanceTimersByTime(action.ms);
    else if (action.do === "start") {
      if (alive.length < 4) network.start();
    } else if (action.do === "die") {
      if (alive.length > 1) node.die();
    } else if (!("visitor" in action)) continue;
    else if (action.do === "move") {
      // From another node to this one, with less than ten seconds in between.
      alive.find((one) => one !== node)?.disconnect(action.visitor);
      vi.advanceTimersByTime(OFFLINE_MS - 3 * LATENCY_MS_MAX);
      node.connect(action.visitor);
    } else node[action.do](action.visitor);
  }
}

/** Timers of one run must not reach into the next. */
function stop(network: Network): void {
  for (const { hub } of network.nodes) hub.stop();
  vi.clearAllTimers();
}

describe("presence over nodes", () => {
  it("never tells a false offline, tells a true one in time, and ends the same everywhere", () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 3, maxLength: 40 }),
        fc.infiniteStream(fc.nat(LATENCY_MS_MAX)),
        (steps, latencies) => {
          const network = new Network(() => latencies.next().value!);
          network.start();
          network.start();
          run(network, steps);
          const settledFrom = now();
          vi.advanceTimersByTime(LEASE_MS + OFFLINE_MS + 3 * LATENCY_MS_MAX);
          for (const node of network.nodes.filter(({ isAlive }) => isAlive)) {
            for (const visitor of VISITORS) expect(node.statusOf(visitor) !== "offline").toBe(network.isThere(visitor));
            for (const { at, visitor, status } of node.told) {
              const slack = 2 * LATENCY_MS_MAX;
              if (status === "offline") expect(network.wasThere(visitor, at - OFFLINE_MS + slack, at - slack)).toBe(false);
            }
            // Whoever died was noticed within the lease, whoever left within ten seconds.
            for (const { at } of node.told) expect(at).toBeLessThanOrEqual(settledFrom + LEASE_MS + 3 * LATENCY_MS_MAX);
          }
          stop(network);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("ends the same everywhere although a third of the packets is lost", () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 3, maxLength: 30 }),
        fc.infiniteStream(fc.nat(LATENCY_MS_MAX)),
        fc.infiniteStream(fc.integer({ min: 0, max: 2 })),
        (steps, latencies, losses) => {
          let isLossy = true;
          const network = new Network(
            () => latencies.next().value!,
            () => isLossy && losses.next().value === 0,
          );
          network.start();
          network.start();
          run(network, steps);
          isLossy = false;
          vi.advanceTimersByTime(2 * LEASE_MS);
          for (const node of network.nodes.filter(({ isAlive }) => isAlive))
            for (const visitor of VISITORS) expect(node.statusOf(visitor) !== "offline").toBe(network.isThere(visitor));
          stop(network);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("is known to a node that has just started, and offline comes ten seconds after the last socket, to the millisecond of the news", () => {
    const network = new Network(() => 5);
    const first = network.start();
    first.connect("v0");
    first.away("v0");
    vi.advanceTimersByTime(100);
    const second = network.start();
    vi.advanceTimersByTime(10);
    expect(second.statusOf("v0")).toBe("away");
    first.disconnect("v0");
    vi.advanceTimersByTime(OFFLINE_MS + 4);
    expect([first.statusOf("v0"), second.statusOf("v0")]).toEqual(["offline", "away"]);
    vi.advanceTimersByTime(1);
    expect(second.statusOf("v0")).toBe("offline");
    stop(network);
  });

  it("does not end at once with a node that died while somebody has just left another", () => {
    const network = new Network(() => 5);
    const [first, second] = [network.start(), network.start()];
    vi.advanceTimersByTime(LEASE_MS);
    first.connect("v0");
    vi.advanceTimersByTime(5);
    first.die();
    // A second before the node counts as dead.
    vi.advanceTimersByTime(LEASE_MS - 1000);
    second.connect("v0");
    second.disconnect("v0");
    vi.advanceTimersByTime(OFFLINE_MS - 1);
    expect(second.statusOf("v0")).toBe("online");
    vi.advanceTimersByTime(1);
    expect(second.statusOf("v0")).toBe("offline");
    stop(network);
  });

  it("of a node that died without a word ends after a minute; of one that stopped in order after ten seconds", () => {
    const network = new Network(() => 5);
    const [first, second, third] = [network.start(), network.start(), network.start()];
    vi.advanceTimersByTime(LEASE_MS / 2);
    first.connect("v0");
    second.connect("v1");
    vi.advanceTimersByTime(5);
    first.die();
    second.hub.stop();
    second.die();
    vi.advanceTimersByTime(OFFLINE_MS + 10);
    expect([third.statusOf("v0"), third.statusOf("v1")]).toEqual(["online", "offline"]);
    vi.advanceTimersByTime(LEASE_MS - OFFLINE_MS - 20);
    expect(third.statusOf("v0")).toBe("online");
    vi.advanceTimersByTime(20);
    expect(third.statusOf("v0")).toBe("offline");
    stop(network);
  });

  it("costs one event for each who comes or goes, and one in twenty seconds for the node, however many are there", () => {
    const network = new Network(() => 5);
    const [first, second] = [network.start(), network.start()];
    vi.advanceTimersByTime(20);
    for (let index = 0; index < 1000; index++) first.connect(`w${index}`);
    vi.advanceTimersByTime(1000);
    expect(second.statusOf("w999")).toBe("online");
    const heard = network.carried;
    expect(heard.filter((event) => event.topic === "here" && event.people.length > 0)).toHaveLength(1000 + 2);
    heard.length = 0;
    vi.advanceTimersByTime(LEASE_MS);
    // Three beats of either node, and not one name in them.
    expect(heard).toHaveLength(6);
    for (const event of heard) expect(event).toMatchObject({ topic: "here", people: [], reading: [] });
    stop(network);
  });
});
