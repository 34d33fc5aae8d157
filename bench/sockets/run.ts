import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { median, numberOption, printTable, tenths, whole } from "../figures.ts";
import { installPeers } from "../install-peers.ts";
import { openClients, type Clients } from "./clients.ts";
import { KINDS, type Kind, type ServerAnswer, type ServerOrder } from "./protocol.ts";

/**
 * What a socket costs the server, beside Socket.IO and beside bare `ws` with frames framed once and one write a socket and tick:
 * one message to 1,000 sockets, and 100 sockets with 8 pings each on their way. `--rounds=5 --seconds=2`
 */

const rounds = numberOption("rounds", 5);
const ms = numberOption("seconds", 2) * 1000;
const AUDIENCE = 1000;
const TICKS = 25;
const PER_TICK = 8;
const TALKERS = 100;
const IN_FLIGHT = 8;

installPeers(join(import.meta.dirname, "peers"));

interface Bed {
  clients: Clients;
  /** Server's microseconds so far. */
  cpu(): Promise<number>;
  order(order: ServerOrder): void;
  stop(): Promise<void>;
}

const MINUTES_MAX = 5;
setTimeout(() => {
  console.error(`Given up after ${MINUTES_MAX} minutes.`);
  process.exit(1);
}, MINUTES_MAX * 60_000).unref();

async function openBed(kind: Kind, sockets: number, visitors: number): Promise<Bed> {
  const child: ChildProcess = fork(join(import.meta.dirname, "server.ts"), [kind, String(visitors)], { stdio: "inherit" });
  const [ready] = (await once(child, "message")) as [Extract<ServerAnswer, { type: "ready" }>];
  const order = (message: ServerOrder) => void child.send(message);
  const clients = await openClients(kind, ready.url, ready.tokens, sockets);
  return {
    clients,
    order,
    async cpu() {
      order({ type: "cpu" });
      const [answer] = (await once(child, "message")) as [Extract<ServerAnswer, { type: "cpu" }>];
      return answer.micros;
    },
    async stop() {
      clients.close();
      order({ type: "stop" });
      await once(child, "exit");
    },
  };
}

type Figures = { perSecond: number; microsEach: number };

async function measure(name: string, sockets: number, visitors: number, run: (bed: Bed) => Promise<number>): Promise<string[][]> {
  const beds = new Map<Kind, Bed>();
  for (const kind of KINDS) beds.set(kind, await openBed(kind, sockets, visitors));
  const figures = new Map<Kind, Figures[]>(KINDS.map((kind) => [kind, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const kind of KINDS) {
      const bed = beds.get(kind)!;
      const [cpu, startedAt] = [await bed.cpu(), performance.now()];
      const count = await run(bed);
      const seconds = (performance.now() - startedAt) / 1000;
      const micros = (await bed.cpu()) - cpu;
      // The first round warms everything up.
      if (round > 0) figures.get(kind)!.push({ perSecond: count / seconds, microsEach: micros / count });
    }
  }
  for (const bed of beds.values()) await bed.stop();
  const of = (kind: Kind, key: keyof Figures) => median(figures.get(kind)!.map((figure) => figure[key]));
  return KINDS.map((kind) => [
    `${name}: ${kind === "renus" ? "Renus" : kind === "bare" ? "bare ws, framed once, one write a tick" : "Socket.IO 4"}`,
    whole(of(kind, "perSecond")),
    tenths(of(kind, "microsEach")),
    `${(of("renus", "perSecond") / of(kind, "perSecond")).toFixed(2)} ×`,
    `${(of(kind, "microsEach") / of("renus", "microsEach")).toFixed(2)} ×`,
  ]);
}

const fanOut = async (bed: Bed) => {
  const received = bed.clients.receive(TICKS * PER_TICK);
  bed.order({ type: "publish", ticks: TICKS, perTick: PER_TICK });
  await received;
  return AUDIENCE * TICKS * PER_TICK;
};
const rows = [
  ...(await measure(`1 → ${AUDIENCE}`, AUDIENCE, 0, fanOut)),
  ...(await measure(`echo, ${IN_FLIGHT} in flight on ${TALKERS}`, TALKERS, TALKERS, (bed) => bed.clients.echo(IN_FLIGHT, ms))),
];
printTable(["", "frames/s", "server µs each", "Renus by rate", "Renus by server time"], rows);
