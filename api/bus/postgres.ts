import pg from "pg";
import type { Logger } from "pino";
import type { Bus } from "./bus.ts";
import { createLinkedBus, type BusLink, type BusLinkEvents, type LinkedBusOptions } from "./linked.ts";

const CHANNEL = "renus_bus";
/** PostgreSQL refuses payloads of 8,000 bytes and more. */
const PAYLOAD_BYTES_MAX = 7900;
const QUERY_MS_MAX = 10_000;
const RECONNECT_MS_MAX = 5000;

/** Every node of one database, by LISTEN and NOTIFY on a connection of its own. Rejects when it cannot connect. */
export function createPostgresBus(connectionString: string, log: Logger, options: LinkedBusOptions): Promise<Bus> {
  return createLinkedBus((node, events) => openLink(connectionString, log, node, events), options);
}

async function openLink(connectionString: string, log: Logger, node: string, events: BusLinkEvents): Promise<BusLink> {
  const channelOf = (to: string | null) => (to === null ? CHANNEL : `${CHANNEL}_${to}`);
  let client: pg.Client | null = null;
  let reconnecting: NodeJS.Timeout | null = null;
  let isClosed = false;

  async function connect(): Promise<void> {
    const next = new pg.Client({
      connectionString,
      keepAlive: true,
      connectionTimeoutMillis: QUERY_MS_MAX,
      query_timeout: QUERY_MS_MAX,
      application_name: "renus bus",
    });
    next.on("notification", ({ payload }) => events.onPayload(payload ?? ""));
    next.on("error", (err) => lost(next, err));
    next.on("end", () => lost(next, new Error("The connection ended.")));
    await next.connect();
    await next.query(`listen ${CHANNEL}; listen ${channelOf(node)}`);
    client = next;
  }

  function lost(which: pg.Client, err: Error): void {
    if (client !== which) return;
    client = null;
    // A connection that timed out may still think that it lives.
    which.end().catch(() => {});
    if (isClosed) return;
    log.warn({ err: err.message }, "bus connection lost");
    reconnect(100);
  }

  function reconnect(delayMs: number): void {
    reconnecting = setTimeout(
      () => {
        connect().then(
          () => {
            if (isClosed) return void client?.end().catch(() => {});
            log.info("bus connection is back");
            events.onGap();
          },
          () => {
            if (!isClosed) reconnect(Math.min(delayMs * 2, RECONNECT_MS_MAX));
          },
        );
      },
      delayMs * (0.5 + Math.random()),
    );
  }

  await connect();
  return {
    payloadBytesMax: PAYLOAD_BYTES_MAX,
    get isUp() {
      return client !== null;
    },
    async send(parcels) {
      const current = client;
      if (!current) throw new Error("The bus is not connected.");
      const payloads = parcels.flatMap(({ to, payloads: own }) => own.map((payload) => [channelOf(to), payload] as const));
      try {
        // One statement is one transaction: all of it arrives together and in order, over whichever channels.
        await current.query(
          "select pg_notify(channel, payload) from unnest($1::text[], $2::text[]) with ordinality p (channel, payload, n) order by n",
          [payloads.map(([channel]) => channel), payloads.map(([, payload]) => payload)],
        );
      } catch (err) {
        lost(current, err as Error);
        throw err;
      }
    },
    renew() {
      if (client) lost(client, new Error("Its own packets do not come back."));
    },
    async close() {
      isClosed = true;
      if (reconnecting) clearTimeout(reconnecting);
      await client?.end().catch(() => {});
    },
  };
}
