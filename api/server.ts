import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { createApp } from "./app.ts";
import type { Deps } from "./deps.ts";
import { attachSockets } from "./ws/sockets.ts";

export interface RunningServer {
  /** Origin it listens on, with the real port. */
  readonly url: string;
  /** Is not ready any more, leaves its replies to others, sends its sockets away one after another, and ends. */
  stop(): Promise<void>;
}

/** What is being answered when everybody has gone may take so long. */
const ANSWERS_MS_MAX = 1000;

/** Listens with everything that belongs to a process: HTTP, sockets, orchestrator. Used by main and by tests. */
export async function startServer(deps: Deps): Promise<RunningServer> {
  const server = createAdaptorServer({ fetch: createApp(deps).fetch }) as Server;
  const sockets = attachSockets(server, deps);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(deps.config.port, deps.config.host, resolve);
  });
  await deps.orchestrator.start();
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${deps.config.host}:${port}`,
    async stop() {
      // First of all: whoever balances sends nobody else here.
      deps.readiness.end();
      // It listens until its sockets have gone: requests that are still led here are answered.
      await Promise.all([deps.orchestrator.stop(), sockets.drain()]);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const impatience = setTimeout(() => server.closeAllConnections(), ANSWERS_MS_MAX);
      await closed;
      clearTimeout(impatience);
    },
  };
}
