import { existsSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createClient } from "redis";
import { aptInstall } from "./apt.ts";
import { freePort, startKeptProcess, untilReady } from "./kept-process.ts";

/** Path of `redis-server` (or `valkey-server`). Installs it with apt where that needs no password; otherwise throws and says what to install. */
export async function ensureRedis(): Promise<string> {
  const found = findRedis();
  if (found) return found;
  const installed = (await aptInstall("redis-server")) && findRedis();
  if (installed) return installed;
  throw new Error("The tests need Redis. Install it (Debian: sudo apt-get install redis-server) and run them again.");
}

function findRedis(): string | null {
  for (const folder of [...(process.env["PATH"] ?? "").split(delimiter), "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"]) {
    for (const name of ["redis-server", "valkey-server"]) if (existsSync(join(folder, name))) return join(folder, name);
  }
  return null;
}

export interface RedisServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a server of its own that keeps nothing. `port` brings one back where another was. */
export async function startRedis(port?: number): Promise<RedisServer> {
  const bin = await ensureRedis();
  const chosenPort = port ?? (await freePort());
  const dir = await mkdtemp(join(tmpdir(), "renus-redis-"));
  const kept = startKeptProcess(
    bin,
    ["--port", String(chosenPort), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", dir],
    { cwd: dir, leftover: dir },
  );
  const url = `redis://127.0.0.1:${chosenPort}`;
  await untilReady(kept, async () => {
    const client = createClient({ url, socket: { reconnectStrategy: false } }).on("error", () => {});
    await client.connect();
    client.destroy();
  });
  return { url, stop: () => kept.stop("KILL") };
}
