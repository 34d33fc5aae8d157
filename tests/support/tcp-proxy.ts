import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** Something between a client and a server on the loopback that can be made to fail as networks do. */
export interface TcpProxy {
  readonly port: number;
  /** Bytes that came from the servers, and from the clients. */
  readonly bytes: { down: number; up: number };
  /** Ends all connections, as a switch that restarts does. */
  cut(): void;
  /** From now on: nobody gets in. Those who are inside stay. */
  refuse(isRefusing: boolean): void;
  /**
   * From now on: connections stay, and no byte passes any more in either direction, as behind a firewall that has forgotten
   * them. Afterwards those that have lost bytes end: TCP never goes on after a hole.
   */
  swallow(isSwallowing: boolean): void;
  stop(): Promise<void>;
}

export interface TcpProxyOptions {
  /** Ports to try for a new connection, in this order, until one answers. */
  ports(): readonly number[];
  /** What of the servers' bytes is passed on; one of it for each connection. */
  filter?: () => (chunk: Buffer) => Buffer;
}

export async function startTcpProxy({ ports, filter }: TcpProxyOptions): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const holed = new Set<Socket>();
  const bytes = { down: 0, up: 0 };
  let isRefusing = false;
  let isSwallowing = false;

  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on("close", () => {
      sockets.delete(socket);
      holed.delete(socket);
    });
    socket.on("error", () => socket.destroy());
    return socket.setNoDelay();
  };
  const server = createServer({ pauseOnConnect: true }, (client) => {
    keep(client);
    if (isRefusing) return void client.destroy();
    void firstThatAnswers(ports()).then((upstream) => {
      if (!upstream || client.destroyed) {
        upstream?.destroy();
        return client.destroy();
      }
      keep(upstream);
      const pass = filter?.() ?? ((chunk: Buffer) => chunk);
      upstream.on("data", (chunk: Buffer) => {
        bytes.down += chunk.length;
        if (isSwallowing) return void holed.add(client);
        const passed = pass(chunk);
        if (passed.length > 0 && !client.destroyed && !client.write(passed)) upstream.pause();
      });
      client.on("data", (chunk: Buffer) => {
        bytes.up += chunk.length;
        if (isSwallowing) return void holed.add(client);
        if (!upstream.destroyed && !upstream.write(chunk)) client.pause();
      });
      client.on("drain", () => upstream.resume());
      upstream.on("drain", () => client.resume());
      upstream.on("end", () => client.end());
      client.on("end", () => upstream.end());
      upstream.on("close", () => client.destroy());
      client.on("close", () => upstream.destroy());
      client.resume();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    bytes,
    cut,
    refuse: (next) => (isRefusing = next),
    swallow(next) {
      isSwallowing = next;
      if (!next) for (const socket of holed) socket.destroy();
    },
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      cut();
      await closed;
    },
  };
}

async function firstThatAnswers(ports: readonly number[]): Promise<Socket | null> {
  for (const port of ports) {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    const isThere = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
    });
    if (isThere) return socket;
    socket.destroy();
  }
  return null;
}

/** Passes PostgreSQL's messages on without notifications while `isDeaf` says so (protocol 3: a type byte, a length). */
export function withoutNotifications(isDeaf: () => boolean): () => (chunk: Buffer) => Buffer {
  return () => {
    let rest: Buffer = Buffer.alloc(0);
    return (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      const passed: Buffer[] = [];
      while (rest.length >= 5) {
        const length = 1 + rest.readUInt32BE(1);
        if (rest.length < length) break;
        if (rest[0] !== "A".charCodeAt(0) || !isDeaf()) passed.push(rest.subarray(0, length));
        rest = rest.subarray(length);
      }
      return Buffer.concat(passed);
    };
  };
}
