import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { median, numberOption, printTable, tenths, whole } from "../figures.ts";
import type { ServerMemory, ServerReady } from "./server.ts";
import { requireOpenFiles, startIdleClients } from "./start-clients.ts";

/**
 * Memory of an idle socket that has signed in, beside one of bare `ws`: server and clients are processes of their own, the
 * server's garbage is collected before each look. `--sockets=5000 --rounds=3`
 */

const sockets = numberOption("sockets", 5000);
const rounds = numberOption("rounds", 3);
const RATIO_AIM = 2.5;
requireOpenFiles(sockets + 500);

async function measure(kind: "ours" | "bare"): Promise<ServerMemory> {
  const child = fork(new URL("./server.ts", import.meta.url), [kind, String(sockets)], {
    execArgv: ["--expose-gc"],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  process.once("exit", () => child.kill("SIGKILL"));
  const [{ url, tokens }] = (await once(child, "message")) as [ServerReady];
  const memory = async () => {
    child.send("memory");
    return ((await once(child, "message")) as [ServerMemory])[0];
  };
  // What is compiled and remembered by the first hundred is not theirs.
  const clients = startIdleClients();
  clients.open({ url, tokens: tokens.slice(0, 100), atOnce: 20 });
  await clients.untilLive(100, 30_000);
  await sleep(1000);
  const before = await memory();
  clients.open({ url, tokens: tokens.slice(100), atOnce: 100 });
  await clients.untilLive(sockets, 300_000);
  await sleep(3000);
  const after = await memory();
  clients.end();
  child.kill("SIGKILL");
  const each = (name: keyof ServerMemory) => (after[name] - before[name]) / (sockets - 100);
  return { rss: each("rss"), held: each("held") };
}

const figures = { ours: [] as ServerMemory[], bare: [] as ServerMemory[] };
for (let round = 0; round < rounds; round++) {
  figures.bare.push(await measure("bare"));
  figures.ours.push(await measure("ours"));
}
const middle = (kind: keyof typeof figures, name: keyof ServerMemory) => median(figures[kind].map((one) => one[name]));
const ratio = (name: keyof ServerMemory) => middle("ours", name) / middle("bare", name);
const kilobytes = (bytes: number) => tenths(bytes / 1024);
printTable(
  [`${whole(sockets)} idle sockets, KiB each`, "held by JavaScript", "resident"],
  [
    ["Renus, signed in", kilobytes(middle("ours", "held")), kilobytes(middle("ours", "rss"))],
    ["bare ws", kilobytes(middle("bare", "held")), kilobytes(middle("bare", "rss"))],
    ["ratio", `${ratio("held").toFixed(2)} ×`, `${ratio("rss").toFixed(2)} ×`],
  ],
);
console.log(`The aim is ${RATIO_AIM} times of what JavaScript holds for a bare one. Resident is the embedded database as well.`);
process.exit();
