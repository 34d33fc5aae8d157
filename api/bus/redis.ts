import { createHash } from "node:crypto";
import type { Logger } from "pino";
import { createClient } from "redis";
import type { Bus } from "./bus.ts";
import { createLinkedBus, type BusLink, type BusLinkEvents } from "./linked.ts";

const CONNECT_MS_MAX = 5000;
const RECONNECT_MS_MAX = 5000;

/** Every node with the same secret on one Redis server, by PUBLISH and SUBSCRIBE. Rejects when it cannot connect. */
export function createRedisBus(url: string, secret: string, log: Logger): Promise<Bus> {
  // Redis' channels are shared by all its databases: the name keeps two installations apart.
  const channel = `renus:${createHash("sha256").update(`bus ${secret}`).digest("hex").slice(0, 16)}`;
  return createLinkedBus((events) => openLink(url, channel, log, events));
}

async function openLink(url: string, channel: string, log: Logger, events: BusLinkEvents): Promise<BusLink> {
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
  const publisher = open();
  const subscriber = open();
  try {
    await Promise.all([publisher.connect(), subscriber.connect()]);
    await subscriber.subscribe(channel, events.onPayload);
  } catch (err) {
    for (const client of [publisher, subscriber]) if (client.isOpen) client.destroy();
    const { host } = new URL(url);
    const words = `Redis at ${host} cannot be used: ${(err as Error).message}. Check REDIS_URL, or leave it out.`;
    throw Object.assign(new Error(words, { cause: err }), { code: "REDIS_UNAVAILABLE" });
  }
  isOpen = true;
  subscriber.on("ready", () => {
    log.info("bus connection is back");
    events.onGap();
  });
  return {
    payloadBytesMax: Number.MAX_SAFE_INTEGER,
    async send(payloads) {
      await Promise.all(payloads.map((payload) => publisher.publish(channel, payload)));
    },
    async close() {
      isOpen = false;
      for (const client of [publisher, subscriber]) if (client.isOpen) client.destroy();
    },
  };
}
