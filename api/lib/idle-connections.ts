import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/**
 * Bounds the connections on which the server waits for the client: before a request, in the middle of one, or after an
 * answer. Beyond `max` the one that has waited longest is cut off, so that whoever opens thousands and says nothing takes
 * the place of its own, not of people.
 */
export function boundIdleConnections(server: Server, max: number): void {
  // A set keeps the order in which they began to wait.
  const idle = new Set<Socket>();
  const wait = (socket: Socket) => {
    if (socket.destroyed) return;
    idle.delete(socket);
    idle.add(socket);
    if (idle.size <= max) return;
    const longest = idle.values().next().value!;
    idle.delete(longest);
    longest.destroy();
  };
  // One for all sockets: thousands of them are open for hours.
  function forget(this: Socket): void {
    idle.delete(this);
  }
  server.on("connection", (socket: Socket) => {
    wait(socket);
    socket.on("close", forget);
  });
  server.on("request", (req: IncomingMessage, res: ServerResponse) => {
    const { socket, headers } = req;
    const hasBody = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
    if (hasBody) req.once("end", () => idle.delete(socket));
    else idle.delete(socket);
    res.once("close", () => wait(socket));
  });
  server.on("upgrade", (_req: IncomingMessage, socket: Socket) => {
    socket.off("close", forget);
    idle.delete(socket);
  });
}
