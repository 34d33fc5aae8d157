import { createHash } from "node:crypto";
import type { Logger } from "pino";
import { RateLimiterMemory, RateLimiterRedis } from "rate-limiter-flexible";
import { createClient } from "redis";
import type { Counters } from "./counters.ts";
import { secretKey } from "./secret-key.ts";
import { toCount, UNBOUNDED } from "./to-count.ts";

const CONNECT_MS_MAX = 5000;
const RECONNECT_MS_MAX = 5000;

/** Counts for every node with the same secret; while Redis does not answer, each node for itself. Rejects when it cannot connect. */
export async function createRedisCounters(url: string, secret: string, log: Logger): Promise<Counters> {
  let isOpen = false;
  const client = createClient({
    url,
    // Nobody waits for a server that is away: the insurance counts at once.
    disableOfflineQueue: true,
    socket: {
      connectTimeout: CONNECT_MS_MAX,
      reconnectStrategy: (retries, cause) =>
        isOpen ? Math.min(100 * 2 ** retries, RECONNECT_MS_MAX) * (0.5 + Math.random()) : cause,
    },
  }).on("error", (err: Error) => {
    if (isOpen) log.warn({ err: err.message }, "limits are counted by each node for itself: Redis does not answer");
  });
  await client.connect();
  isOpen = true;
  const installation = createHash("sha256").update(`counters ${secret}`).digest("hex").slice(0, 16);
  const limiter = new RateLimiterRedis({
    ...UNBOUNDED,
    storeClient: client,
    useRedisPackage: true,
    rejectIfRedisNotReady: true,
    keyPrefix: `renus:${installation}`,
    insuranceLimiter: new RateLimiterMemory(UNBOUNDED),
  });
  return {
    async add(key, points, windowMs) {
      // Redis' limiter counts whole seconds.
      return toCount(await limiter.penalty(secretKey(secret, key), points, { customDuration: Math.ceil(windowMs / 1000) }));
    },
    async get(key) {
      const found = await limiter.get(secretKey(secret, key));
      return found && found.msBeforeNext > 0 ? toCount(found) : null;
    },
    async delete(key) {
      await limiter.delete(secretKey(secret, key));
    },
    async close() {
      isOpen = false;
      if (client.isOpen) client.destroy();
    },
  };
}
