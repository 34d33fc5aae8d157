import pg from "pg";
import type { Logger } from "pino";
import type { Bus } from "./bus.ts";
import { createLinkedBus, type BusLink, type BusLinkEvents } from "./linked.ts";

const CHANNEL = "renus_bus";
/** PostgreSQL refuses payloads of 8,000 bytes and more. */
const PAYLOAD_BYTES_MAX = 7900;
const QUERY_MS_MAX = 10_000;
const RECONNECT_MS_MAX = 5000;

/** Every node of one database, by LISTEN and NOTIFY on a connection of its own. Rejects when it cannot connect. */
export function createPostgresBus(connectionString: string, log: Logger): Promise<Bus> {
  return createLinkedBus((events) => openLink(connectionString, log, events));
}

async function openLink(connectionString: string, log: Logger, events: BusLinkEvents): Promise<BusLink> {
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
    await next.query(`listen ${CHANNEL}`);
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
    async send(payloads) {
      const current = client;
      if (!current) throw new Error("The bus is not connected.");
      try {
        // One statement is one transaction: the parts of a packet arrive together and in order.
        await current.query("select pg_notify($1, payload) from unnest($2::text[]) with ordinality p (payload, n) order by n", [
          CHANNEL,
          payloads,
        ]);
      } catch (err) {
        lost(current, err as Error);
        throw err;
      }
    },
    async close() {
      isClosed = true;
      if (reconnecting) clearTimeout(reconnecting);
      await client?.end().catch(() => {});
    },
  };
}
