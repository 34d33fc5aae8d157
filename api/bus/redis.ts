import { createHash } from "node:crypto";
import type { Logger } from "pino";
import { createClient } from "redis";
import type { Bus } from "./bus.ts";
import { createLinkedBus, type BusLink, type BusLinkEvents, type LinkedBusOptions } from "./linked.ts";

const CONNECT_MS_MAX = 5000;
const RECONNECT_MS_MAX = 5000;

/** Every node with the same secret on one Redis server, by PUBLISH and SUBSCRIBE. Rejects when it cannot connect. */
export function createRedisBus(url: string, secret: string, log: Logger, options: LinkedBusOptions): Promise<Bus> {
  // Redis' channels are shared by all its databases: the name keeps two installations apart.
  const channel = `renus:${createHash("sha256").update(`bus ${secret}`).digest("hex").slice(0, 16)}`;
  return createLinkedBus((node, events) => openLink(url, channel, log, node, events), options);
}

async function openLink(url: string, channel: string, log: Logger, node: string, events: BusLinkEvents): Promise<BusLink> {
  const channelOf = (to: string | null) => (to === null ? channel : `${channel}:${to}`);
  let isOpen = false;
  const open = () =>
    createClient({
      url,
      // Rejects at once while disconnected: the bus repeats it, and by its own bounded queue.
      disableOfflineQueue: true,
      pingInterval: 10_000,
      socket: {
        connectTimeout: CONNECT_MS_MAX,
        reconnectStrategy: (retries, cause) =>
          isOpen ? Math.min(100 * 2 ** retries, RECONNECT_MS_MAX) * (0.5 + Math.random()) : cause,
      },
    }).on("error", (err: Error) => {
      if (isOpen) log.warn({ err: err.message }, "bus connection lost");
    });

  let publisher = open();
  let subscriber = open();
  let renewing: Promise<void> | null = null;

  async function connect(): Promise<void> {
    const own = subscriber;
    await Promise.all([publisher.connect(), own.connect()]);
    await own.subscribe([channelOf(null), channelOf(node)], events.onPayload);
    own.on("ready", isBack);
  }
  function isBack(): void {
    log.info("bus connection is back");
    events.onGap();
  }
  function disconnect(): void {
    for (const client of [publisher, subscriber]) if (client.isOpen) client.destroy();
  }

  try {
    await connect();
  } catch (err) {
    disconnect();
    const { host } = new URL(url);
    const words = `Redis at ${host} cannot be used: ${(err as Error).message}. Check REDIS_URL, or leave it out.`;
    throw Object.assign(new Error(words, { cause: err }), { code: "REDIS_UNAVAILABLE" });
  }
  isOpen = true;
  return {
    payloadBytesMax: Number.MAX_SAFE_INTEGER,
    get isUp() {
      return publisher.isReady && subscriber.isReady;
    },
    async send(parcels) {
      await Promise.all(
        parcels.flatMap(({ to, payloads }) => payloads.map((payload) => publisher.publish(channelOf(to), payload))),
      );
    },
    renew() {
      if (renewing || !isOpen) return;
      log.warn({ err: "Its own packets do not come back." }, "bus connection lost");
      disconnect();
      publisher = open();
      subscriber = open();
      // They try until it works.
      renewing = connect()
        .then(isBack, (err: Error) => log.warn({ err: err.message }, "bus connection lost"))
        .finally(() => (renewing = null));
    },
    async close() {
      isOpen = false;
      disconnect();
    },
  };
}
