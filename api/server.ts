import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { createApp } from "./app.ts";
import type { Deps } from "./deps.ts";
import { attachSockets } from "./ws/sockets.ts";

export interface RunningServer {
  /** Origin it listens on, with the real port. */
  readonly url: string;
  /** Stops taking work, tells sockets to come back, ends. */
  stop(): Promise<void>;
}

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
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await sockets.drain();
      await deps.orchestrator.stop();
      server.closeAllConnections();
      await closed;
    },
  };
}
