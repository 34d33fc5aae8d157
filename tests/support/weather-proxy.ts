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
  /** Newcomers are reset. */
  isClosed?: boolean;
}

/** A network between a client and a server on this machine, as bad as a test wants it. */
export interface WeatherProxy {
  /** Origin to use instead of the server's. */
  readonly url: string;
  readonly connections: number;
  /** Takes the place of all of the weather before. Connections that a black hole took something from end. */
  set(weather: Weather): void;
  /** Every open connection ends with RST on both sides. */
  reset(): void;
  /** Every open connection ends properly, in the middle of whatever it said. */
  hangUp(): void;
  close(): Promise<void>;
}

interface Pair {
  near: Socket;
  far: Socket;
  hasLost: boolean;
}

/** `random` gives the jitter, so that a seed repeats a run. */
export async function startWeatherProxy(target: string, random: () => number = Math.random): Promise<WeatherProxy> {
  const { hostname, port } = new URL(target);
  let weather: Weather = {};
  const pairs = new Set<Pair>();

  function pass(pair: Pair, from: Socket, to: Socket): void {
    /** When the wire is free again, so that nothing overtakes. */
    let freeAt = 0;
    let waiting = 0;
    const write = (bytes: Buffer) => {
      if (weather.isBlackHole) pair.hasLost = true;
      if (to.destroyed || weather.isBlackHole) return;
      if (weather.isSliced) for (const byte of bytes) to.write(Buffer.from([byte]));
      else to.write(bytes);
    };
    const later = (ms: number, task: () => void) => {
      waiting++;
      setTimeout(() => {
        waiting--;
        task();
        if (waiting < 64 && from.isPaused() && !from.destroyed) from.resume();
      }, ms);
      // A slow wire makes its sender wait, as the kernel would.
      if (waiting >= 64) from.pause();
    };
    const delayOf = (bytes: number) => {
      const { latencyMs = 0, jitterMs = 0, bytesPerSecond } = weather;
      const now = performance.now();
      const arrival = now + latencyMs + random() * jitterMs;
      freeAt = Math.max(freeAt, arrival) + (bytesPerSecond ? (bytes / bytesPerSecond) * 1000 : 0);
      return freeAt - now;
    };
    from.on("data", (bytes: Buffer) => {
      if (weather.isBlackHole) return void (pair.hasLost = true);
      const ms = delayOf(bytes.length);
      if (ms <= 0 && waiting === 0) write(bytes);
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

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    near.on("error", () => {});
    if (weather.isClosed) return void near.resetAndDestroy();
    const far = connect({ host: hostname, port: Number(port), allowHalfOpen: true, noDelay: true });
    const pair: Pair = { near, far, hasLost: false };
    pairs.add(pair);
    const forget = () => {
      if (near.destroyed && far.destroyed) pairs.delete(pair);
    };
    near.on("close", forget);
    far.on("close", forget);
    pass(pair, near, far);
    pass(pair, far, near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  const each = (end: (socket: Socket) => void) => {
    for (const { near, far } of pairs) for (const socket of [near, far]) end(socket);
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get connections() {
      return pairs.size;
    },
    set(next) {
      weather = next;
      // TCP loses nothing on a connection that lives: one that has missed bytes is dead.
      for (const { near, far, hasLost } of pairs) {
        if (!hasLost) continue;
        near.resetAndDestroy();
        far.resetAndDestroy();
      }
    },
    reset: () => each((socket) => socket.resetAndDestroy()),
    hangUp: () => each((socket) => socket.destroySoon()),
    async close() {
      each((socket) => socket.destroy());
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
