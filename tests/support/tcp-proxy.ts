import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** What a network does to the bytes of both directions, from the moment it is set. */
export interface Weather {
  /** Each way, for every chunk; with `jitterMs` up to so much more. Order is kept. */
  latencyMs?: number;
  jitterMs?: number;
  /** Of each direction of each connection. */
  bytesPerSecond?: number;
  /** One byte a write. */
  isSliced?: boolean;
  /** Nothing passes and nobody is told: a half-open connection, a tunnel, a sleeping laptop. Newcomers connect to nothing as well. */
  isBlackHole?: boolean;
  /** Newcomers are reset; those who are inside stay. */
  isClosed?: boolean;
}

/** A network between clients and servers on the loopback, as bad as a test wants it. */
export interface TcpProxy {
  readonly port: number;
  /** Origin to use instead of a server's. */
  readonly url: string;
  readonly connections: number;
  /** Takes the place of all of the weather before. Connections that a black hole took something from end: TCP never goes on after a hole. */
  set(weather: Weather): void;
  /** Every open connection ends with RST on both sides. */
  reset(): void;
  /** Every open connection ends properly, in the middle of whatever it said. */
  hangUp(): void;
  stop(): Promise<void>;
}

export interface TcpProxyOptions {
  /** Ports to try for a new connection, in this order, until one answers. */
  ports(): readonly number[];
  /** What of the servers' bytes is passed on; one of it for each connection. */
  filter?: () => (chunk: Buffer) => Buffer;
  /** Gives the jitter, so that a seed repeats a run. */
  random?: () => number;
}

interface Pair {
  near: Socket;
  far: Socket;
  hasLost: boolean;
}

/** Chunks on their way in one direction; a slow wire makes its sender wait, as the kernel would. */
const ON_THE_WAY_MAX = 64;

export async function startTcpProxy({ ports, filter, random = Math.random }: TcpProxyOptions): Promise<TcpProxy> {
  let weather: Weather = {};
  const newcomers = new Set<Socket>();
  const pairs = new Set<Pair>();

  function pass(pair: Pair, from: Socket, to: Socket, filtered: (chunk: Buffer) => Buffer): void {
    /** When the wire is free again, so that nothing overtakes. */
    let freeAt = 0;
    let onTheWay = 0;
    const goOn = () => {
      if (onTheWay < ON_THE_WAY_MAX && !to.writableNeedDrain && from.isPaused() && !from.destroyed) from.resume();
    };
    const write = (bytes: Buffer) => {
      if (weather.isBlackHole) return void (pair.hasLost = true);
      if (to.destroyed) return;
      if (weather.isSliced) for (const byte of bytes) to.write(Buffer.from([byte]));
      else to.write(bytes);
      if (to.writableNeedDrain) from.pause();
    };
    const later = (ms: number, task: () => void) => {
      onTheWay++;
      setTimeout(() => {
        onTheWay--;
        task();
        goOn();
      }, ms);
      if (onTheWay >= ON_THE_WAY_MAX) from.pause();
    };
    const delayOf = (bytes: number) => {
      const { latencyMs = 0, jitterMs = 0, bytesPerSecond } = weather;
      const now = performance.now();
      const arrival = now + latencyMs + random() * jitterMs;
      freeAt = Math.max(freeAt, arrival) + (bytesPerSecond ? (bytes / bytesPerSecond) * 1000 : 0);
      return freeAt - now;
    };
    to.on("drain", goOn);
    from.on("data", (chunk: Buffer) => {
      if (weather.isBlackHole) return void (pair.hasLost = true);
      const bytes = filtered(chunk);
      if (bytes.length === 0) return;
      const ms = delayOf(bytes.length);
      if (ms <= 0 && onTheWay === 0) write(bytes);
      else later(ms, () => write(bytes));
    });
    from.on("end", () => {
      if (!weather.isBlackHole) later(delayOf(0), () => void to.end());
    });
    from.on("error", () => to.resetAndDestroy());
    from.on("close", () => {
      // The other side of a black hole does not hear of it.
      if (!weather.isBlackHole && !to.destroyed) later(delayOf(0), () => to.destroySoon());
    });
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (near) => {
    near.on("error", () => {});
    if (weather.isClosed) return void near.resetAndDestroy();
    newcomers.add(near);
    void firstThatAnswers(ports()).then((far) => {
      newcomers.delete(near);
      if (!far || near.destroyed) {
        far?.destroy();
        return void near.resetAndDestroy();
      }
      const pair: Pair = { near, far, hasLost: false };
      pairs.add(pair);
      const forget = () => {
        if (near.destroyed && far.destroyed) pairs.delete(pair);
      };
      near.on("close", forget);
      far.on("close", forget);
      pass(pair, near, far, (chunk) => chunk);
      pass(pair, far, near, filter?.() ?? ((chunk) => chunk));
      near.resume();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  const each = (end: (socket: Socket) => void) => {
    for (const socket of newcomers) end(socket);
    for (const { near, far } of pairs) for (const socket of [near, far]) end(socket);
  };
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    get connections() {
      return pairs.size;
    },
    set(next) {
      weather = next;
      for (const { near, far, hasLost } of pairs) {
        if (!hasLost) continue;
        near.resetAndDestroy();
        far.resetAndDestroy();
      }
    },
    reset: () => each((socket) => socket.resetAndDestroy()),
    hangUp: () => each((socket) => socket.destroySoon()),
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      each((socket) => socket.destroy());
      await closed;
    },
  };
}

async function firstThatAnswers(ports: readonly number[]): Promise<Socket | null> {
  for (const port of ports) {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
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
