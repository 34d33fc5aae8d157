import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { PublicSession } from "../../protocol/resources.ts";
import { startRealServer } from "../../tests/support/real-server.ts";
import { numberOption, percentile, printTable, tenths, whole } from "../figures.ts";
import { requireOpenFiles, startIdleClients } from "./start-clients.ts";

/**
 * Thousands of idle sockets whose server restarts, once properly and once by a kill: how long until all are back. Before
 * that they rest, and none may be timed out. Server and clients are processes of their own; ten sockets share a visitor.
 * `--sockets=5000 --minutes=1`
 */

const sockets = numberOption("sockets", 5000);
const minutes = numberOption("minutes", 1);
const TABS = 10;
requireOpenFiles(sockets + 500);

// Sessions are counted by address, and a proxy in front is what tells addresses.
const server = await startRealServer({ TRUST_PROXY: "1" });
const { slug } = await server.createPublishedAgent({ name: "Storm" });
const tokens: string[] = [];
for (let index = 0; index < Math.ceil(sockets / TABS); index++) {
  const res = await fetch(`${server.url}/public/agents/${slug}/sessions`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Forwarded-For": `10.0.${index >> 8}.${index & 255}` },
    body: "{}",
  });
  const { token } = (await res.json()) as PublicSession;
  for (let tab = 0; tab < TABS && tokens.length < sockets; tab++) tokens.push(token);
}

const memoryMb = async () =>
  Number(/^process_resident_memory_bytes (\S+)/m.exec(await (await fetch(`${server.url}/metrics`)).text())![1]) / 2 ** 20;
const load = () => readFileSync("/proc/loadavg", "utf8").split(" ")[0];

const clients = startIdleClients();
const idleMb = await memoryMb();
clients.open({ url: server.url, tokens, atOnce: 100 });
await clients.untilLive(sockets, 600_000);
const openMb = await memoryMb();
clients.forget();
await sleep(minutes * 60_000);
const { ended } = await clients.report();
const timedOut = Object.values(ended).reduce((sum, count) => sum + count, 0);

const rows: string[][] = [];
for (const [name, signal] of [
  ["a restart (SIGTERM)", "SIGTERM"],
  ["a crash (SIGKILL)", "SIGKILL"],
] as const) {
  clients.forget();
  await server.kill(signal);
  const downAt = performance.now();
  await server.start();
  const upMs = performance.now() - downAt;
  await clients.untilLive(sockets, 600_000);
  const { back } = await clients.report();
  const seconds = (ms: number) => tenths(ms / 1000);
  rows.push([
    name,
    seconds(upMs),
    seconds(percentile(back, 0.5)),
    seconds(percentile(back, 0.99)),
    seconds(Math.max(...back)),
    whole(await memoryMb()),
  ]);
}
clients.end();
await server.remove();

console.log(
  `${whole(sockets)} sockets, ${minutes} min idle: ${timedOut} ended; ${tenths(((openMb - idleMb) * 1024) / sockets)} KiB resident each. Load ${load()}.`,
);
printTable(["seconds", "server is ready after", "half are back", "99 %", "all", "its memory, MB"], rows);
if (timedOut > 0) {
  console.error("Sockets ended although nothing was wrong.");
  process.exitCode = 1;
}
process.exit();
