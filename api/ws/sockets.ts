import { randomUUID } from "node:crypto";
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import { BEARER_PREFIX, PROTOCOL_NAME } from "../../protocol/codes.ts";
import type { UserActor, VisitorActor } from "../db/actor.ts";
import type { Deps } from "../deps.ts";
import { AppError, toErrorFrame, toHttpError } from "../errors.ts";
import { countedAddress } from "../lib/addresses.ts";
import { loggable } from "../lib/loggable.ts";
import { pageOrigin } from "../lib/origins.ts";
import { verifyAnyToken, type VerifiedToken } from "../services/auth/tokens.ts";
import { checkOrigin } from "../services/visitors/check-origin.ts";
import { createConnection, type Connection } from "./connection.ts";
import { closeCodeOf } from "./session.ts";

const PATH = "/ws";
/** A peer may take so long for its side of the closing. */
const CLOSE_MS_MAX = 1000;

export interface Sockets {
  /** Refuses newcomers, tells everyone to come back, and resolves when all are gone or had their time. */
  drain(): Promise<void>;
}

/**
 * The handshake. With `renus.v1` a bad token, or a website that is not allowed, is answered inside the socket (error frame,
 * 1008 or 4003), because a browser cannot read a refused handshake; without it by HTTP 401 or 403.
 */
export function attachSockets(server: Server, deps: Deps): Sockets {
  const { limits, log } = deps;
  const wss = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: limits.frameBytesMax,
    maxFragments: 16,
    maxBufferedChunks: 64,
    perMessageDeflate: false,
    // A peer that does not answer the closing handshake is cut off.
    closeTimeout: CLOSE_MS_MAX,
    // The bearer entry is a secret and never echoed.
    handleProtocols: (offered: Set<string>) => (offered.has(PROTOCOL_NAME) ? PROTOCOL_NAME : false),
  } as ConstructorParameters<typeof WebSocketServer>[0]);
  const connections = new Set<Connection>();
  let isDraining = false;
  deps.metrics.measure("bufferedBytes", () => {
    let bytes = 0;
    for (const connection of connections) bytes += connection.bufferedBytes;
    return bytes;
  });

  async function upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const url = URL.parse(req.url ?? "/", "http://localhost");
    if (url?.pathname !== PATH) return refuse(socket, new AppError("NOT_FOUND", "There is no WebSocket at this address."));
    if (isDraining) return refuse(socket, new AppError("INTERNAL_ERROR", "The server is restarting. Please try again."), 503);
    const offered = (req.headers["sec-websocket-protocol"] ?? "").split(",").map((entry) => entry.trim());
    const isPlain = !offered.includes(PROTOCOL_NAME);
    const bearer = offered.find((entry) => entry.startsWith(BEARER_PREFIX))?.slice(BEARER_PREFIX.length);
    const token = bearer ?? url.searchParams.get("token") ?? "";

    const verified: VerifiedToken<UserActor | VisitorActor> | unknown = await admit(req, token).catch((err: unknown) => err);
    if (socket.destroyed || isDraining) return void socket.destroy();
    if (!isVerified(verified)) {
      if (!(verified instanceof AppError)) log.error({ err: loggable(verified) }, "a handshake could not be checked");
      if (isPlain) return refuse(socket, verified);
      return wss.handleUpgrade(req, socket, head, (ws) => {
        turnAway(ws, verified);
        deps.metrics.socketClosed(closeCodeOf(verified));
      });
    }
    wss.handleUpgrade(req, socket, head, (ws) => {
      const session_id = randomUUID();
      const { kind } = verified.actor;
      const forwardedFor = req.headers["x-forwarded-for"]?.toString();
      const address = countedAddress(req.socket.remoteAddress, forwardedFor, deps.config.trustProxy);
      const connection = createConnection(deps, ws, socket, { session_id, isPlain, address, ...verified }, () => {
        connections.delete(connection);
        deps.metrics.sockets.dec({ kind });
      });
      connections.add(connection);
      deps.metrics.sockets.inc({ kind });
      // The address is not logged: it may carry the token.
      log.debug({ session_id, kind }, "socket opened");
    });
  }

  /** Throws AUTH_ERROR, and FORBIDDEN for a visitor on a website that is not allowed. */
  async function admit(req: IncomingMessage, token: string): Promise<VerifiedToken<UserActor | VisitorActor>> {
    const verified = await verifyAnyToken(deps, token);
    const { origin, host, "sec-fetch-site": site } = req.headers;
    const page = pageOrigin({ origin, host, site: site?.toString() }, deps.config.publicUrl);
    if (verified.actor.kind === "visitor") await checkOrigin({ ...deps, actor: verified.actor }, page);
    return verified;
  }

  server.on("upgrade", (req: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    upgrade(req, socket, head).catch((err: unknown) => {
      log.error({ err: loggable(err) }, "an upgrade failed");
      socket.destroy();
    });
  });

  const heartbeat = setInterval(() => {
    for (const connection of connections) connection.beat();
  }, limits.heartbeatMs);
  heartbeat.unref();

  return {
    async drain() {
      isDraining = true;
      clearInterval(heartbeat);
      await deps.hub.drain();
      const deadline = Date.now() + CLOSE_MS_MAX;
      while (connections.size > 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
      for (const connection of connections) connection.terminate();
    },
  };
}

const isVerified = (value: unknown): value is VerifiedToken<UserActor | VisitorActor> =>
  typeof value === "object" && value !== null && "actor" in value;

function turnAway(ws: WebSocket, err: unknown): void {
  ws.on("error", () => {});
  ws.send(JSON.stringify(toErrorFrame(err)));
  ws.close(closeCodeOf(err));
}

const REASONS: Record<number, string> = {
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

function refuse(socket: Duplex, err: unknown, status?: number): void {
  const answer = toHttpError(err, randomUUID());
  const body = JSON.stringify(answer.body);
  const code = status ?? answer.status;
  // Nobody watches this socket any more: without it a peer that keeps its end open would keep ours.
  socket.once("finish", () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${code} ${REASONS[code] ?? "Bad Request"}\r\nConnection: close\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
