import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClientsOrder, ClientsReport } from "./clients.ts";

/** Ends the process with what is missing unless it may open so many files. Node itself raises the soft limit to the hard one. */
export function requireOpenFiles(count: number): void {
  const limit = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
  if (limit === undefined || limit === "unlimited" || Number(limit) >= count) return;
  console.error(`${count} open files are needed and ${limit} allowed. Raise the limit of this shell first: ulimit -n ${count}`);
  process.exit(1);
}

/** Listening sockets in a process of their own. */
export interface IdleClients {
  open(order: ClientsOrder): void;
  report(): Promise<ClientsReport>;
  /** From now on what ends and comes back is counted anew. */
  forget(): void;
  /** Resolves once so many are live; throws after `timeoutMs`. */
  untilLive(count: number, timeoutMs: number): Promise<void>;
  end(): void;
}

export function startIdleClients(): IdleClients {
  const child: ChildProcess = fork(new URL("./clients.ts", import.meta.url), { stdio: "inherit" });
  process.once("exit", () => child.kill("SIGKILL"));
  const clients: IdleClients = {
    open: (order) => void child.send(order),
    async report() {
      child.send("report");
      return ((await once(child, "message")) as [ClientsReport])[0];
    },
    forget: () => void child.send("forget"),
    async untilLive(count, timeoutMs) {
      const deadline = performance.now() + timeoutMs;
      for (;;) {
        const { live } = await clients.report();
        if (live >= count) return;
        if (performance.now() > deadline) throw new Error(`Only ${live} of ${count} sockets are live.`);
        await sleep(100);
      }
    },
    end: () => void child.kill("SIGKILL"),
  };
  return clients;
}
