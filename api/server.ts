import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { createApp } from "./app.ts";
import type { Deps } from "./deps.ts";
import { startHousekeeping } from "./housekeeping.ts";
import { boundIdleConnections } from "./lib/idle-connections.ts";
import { attachSockets } from "./ws/sockets.ts";

export interface RunningServer {
  /** Origin it listens on, with the real port. */
  readonly url: string;
  /** Is not ready any more, leaves its replies to others, sends its sockets away one after another, and ends. */
  stop(): Promise<void>;
}

/** What is being answered when everybody has gone may take so long. */
const ANSWERS_MS_MAX = 1000;

/** How long and how often a client may keep the server waiting. */
export const HTTP_LIMITS = {
  /** From the connection, or the end of the answer before, until the headers are there. */
  headersMs: 20_000,
  /** Until the body is there as well; the largest one takes 17 kB/s then. */
  requestMs: 60_000,
  /** How often the two above are looked at. */
  checkEveryMs: 5000,
  /** Between two requests. Longer than proxies keep theirs (60 s as a rule): they must be the ones who hang up. */
  keepAliveMs: 72_000,
  /** Without a byte in either direction: somebody who does not read an answer. Trying out an agent takes five minutes at most. */
  silenceMs: 360_000,
  /** Connections on which the server waits for the client. */
  idleConnectionsMax: 2000,
  /** Node's own default, named because tokens in addresses and headers must fit. */
  headerBytesMax: 16 * 1024,
} as const;
export type HttpLimits = { readonly [Name in keyof typeof HTTP_LIMITS]: number };

/** Listens with everything that belongs to a process: HTTP, sockets, orchestrator. Used by main and by tests. */
export async function startServer(deps: Deps, httpLimits: Partial<HttpLimits> = {}): Promise<RunningServer> {
  const limits: HttpLimits = { ...HTTP_LIMITS, ...httpLimits };
  // The database reads the agents while the routes are put together.
  const starting = deps.orchestrator.start();
  // Heard of below; until then a failure is nobody's.
  starting.catch(() => {});
  const server = createAdaptorServer({
    fetch: createApp(deps).fetch,
    serverOptions: {
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: limits.checkEveryMs,
      keepAliveTimeout: limits.keepAliveMs,
      maxHeaderSize: limits.headerBytesMax,
      // Offers of HTTP/2 (h2c) are ignored, as RFC 9110 section 7.8 has it, and the request is answered.
      shouldUpgradeCallback: (req) => req.headers.upgrade?.toLowerCase() === "websocket",
    },
  }) as Server;
  server.timeout = limits.silenceMs;
  boundIdleConnections(server, limits.idleConnectionsMax);
  const sockets = attachSockets(server, deps);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(deps.config.port, deps.config.host, resolve);
    });
    await starting;
  } catch (err) {
    await starting.then(
      () => deps.orchestrator.stop(),
      () => {},
    );
    throw err;
  }
  const housekeeping = startHousekeeping(deps);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${deps.config.host}:${port}`,
    async stop() {
      // First of all: whoever balances sends nobody else here.
      deps.readiness.end();
      // It listens until its sockets have gone: requests that are still led here are answered.
      await Promise.all([deps.orchestrator.stop(), housekeeping.stop(), sockets.drain()]);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const impatience = setTimeout(() => server.closeAllConnections(), ANSWERS_MS_MAX);
      await closed;
      clearTimeout(impatience);
    },
  };
}
