import { createHash } from "node:crypto";
import type { Logger } from "pino";
import { RateLimiterMemory, RateLimiterRedis } from "rate-limiter-flexible";
import { createClient } from "redis";
import type { Counters } from "./counters.ts";
import { secretKey } from "./secret-key.ts";
import { toCount, UNBOUNDED } from "./to-count.ts";

const CONNECT_MS_MAX = 5000;
const RECONNECT_MS_MAX = 5000;
/** A message waits for its count: after that, what does not answer is as good as away. */
const ANSWER_MS_MAX = 1000;

/**
 * Counts for every node with the same secret; while Redis is away, or takes longer than a second, each node for itself.
 * Rejects when it cannot connect.
 */
export async function createRedisCounters(url: string, secret: string, log: Logger): Promise<Counters> {
  let isOpen = false;
  const warn = (err: Error) => {
    if (isOpen) log.warn({ err: err.message }, "limits are counted by each node for itself: Redis does not answer");
  };
  const installation = createHash("sha256").update(`counters ${secret}`).digest("hex").slice(0, 16);
  const insuranceLimiter = new RateLimiterMemory(UNBOUNDED);
  const create = () => {
    const client = createClient({
      url,
      // Nobody waits for a server that is away: the insurance counts at once.
      disableOfflineQueue: true,
      socket: {
        connectTimeout: CONNECT_MS_MAX,
        reconnectStrategy: (retries, cause) =>
          isOpen ? Math.min(100 * 2 ** retries, RECONNECT_MS_MAX) * (0.5 + Math.random()) : cause,
      },
    }).on("error", warn);
    const limiter = new RateLimiterRedis({
      ...UNBOUNDED,
      storeClient: client,
      useRedisPackage: true,
      rejectIfRedisNotReady: true,
      keyPrefix: `renus:${installation}`,
      insuranceLimiter,
    });
    return { client, limiter };
  };
  let redis = create();
  await redis.client.connect();
  isOpen = true;
  // What waits for the old connection is refused with it, and counted by the insurance; the new one is used once it is ready.
  function renew(): void {
    if (!redis.client.isReady) return;
    warn(new Error(`No answer within ${ANSWER_MS_MAX} ms.`));
    redis.client.destroy();
    redis = create();
    redis.client.connect().catch(warn);
  }
  function inTime<T>(answer: Promise<T>): Promise<T> {
    const overdue = setTimeout(renew, ANSWER_MS_MAX);
    return answer.finally(() => clearTimeout(overdue));
  }
  return {
    async add(key, points, windowMs) {
      // Redis' limiter counts whole seconds.
      const options = { customDuration: Math.ceil(windowMs / 1000) };
      return toCount(await inTime(redis.limiter.penalty(secretKey(secret, key), points, options)));
    },
    async get(key) {
      const found = await inTime(redis.limiter.get(secretKey(secret, key)));
      return found && found.msBeforeNext > 0 ? toCount(found) : null;
    },
    async delete(key) {
      await inTime(redis.limiter.delete(secretKey(secret, key)));
    },
    async close() {
      isOpen = false;
      if (redis.client.isOpen) redis.client.destroy();
    },
  };
}
