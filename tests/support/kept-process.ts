import { spawn } from "node:child_process";
import { createServer } from "node:net";

// When this process ends, however it ends, the pipe closes: the server stops, and what it leaves behind is removed.
const KEEPER = `
  trap '' INT TERM HUP
  leftover=$1; shift
  "$@" </dev/null & pid=$!
  read -r signal || signal=QUIT
  kill -s "$signal" $pid
  wait $pid
  if [ -n "$leftover" ]; then rm -rf "$leftover"; fi
`;

/** A server program that never outlives the process that started it. */
export interface KeptProcess {
  hasEnded(): boolean;
  /** The end of what it wrote to stderr. */
  words(): string;
  stop(signal: "INT" | "QUIT" | "TERM" | "KILL"): Promise<void>;
}

export interface KeptProcessOptions {
  cwd: string;
  /** Runs as this user; null: as ourselves. */
  user?: { uid: number; gid: number } | null;
  /** Folder to remove once it has ended. */
  leftover?: string;
}

export function startKeptProcess(command: string, args: readonly string[], options: KeptProcessOptions): KeptProcess {
  const keeper = spawn("sh", ["-c", KEEPER, "keeper", options.leftover ?? "", command, ...args], {
    ...options.user,
    cwd: options.cwd,
    stdio: ["pipe", "ignore", "pipe"],
  });
  let words = "";
  keeper.stderr.setEncoding("utf8").on("data", (chunk: string) => (words = (words + chunk).slice(-2000)));
  const ended = new Promise<void>((resolve) => keeper.once("close", () => resolve()));
  keeper.unref();
  for (const pipe of [keeper.stdin, keeper.stderr]) (pipe as unknown as { unref(): void }).unref();
  return {
    hasEnded: () => keeper.exitCode !== null,
    words: () => words,
    async stop(signal) {
      keeper.ref();
      keeper.stdin.end(`${signal}\n`);
      await ended;
    },
  };
}

/** Waits until `attempt` resolves. Throws its last error when the process ended, or after 30 s. */
export async function untilReady(kept: KeptProcess, attempt: () => Promise<unknown>): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const refusal = await attempt().then(
      () => null,
      (err: Error) => err,
    );
    if (!refusal) return;
    if (kept.hasEnded() || Date.now() > deadline) throw new Error(`It did not start: ${refusal.message}\n${kept.words()}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** A port of the loopback address that nobody listens on at the moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
