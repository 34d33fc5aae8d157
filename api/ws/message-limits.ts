import type { Limits } from "../deps.ts";
import type { Counters } from "../counters/counters.ts";
import type { Metrics } from "../lib/metrics.ts";
import { createRateLimit } from "../lib/rate-limits.ts";
import { createKeyedBuckets } from "../lib/token-bucket.ts";
import { rateLimited } from "../errors.ts";

/** How much a visitor may write, whichever tabs, sockets and nodes it comes by. */
export interface MessageLimits {
  /** Before a message is stored. Returns what to do when it turns out not to count. Throws RATE_LIMITED. */
  take(from: { visitor_id: string; address: string }): Promise<() => void>;
}

const MINUTE_MS = 60_000;
const TOO_FAST = "You are writing faster than we can read. Please wait a moment.";
const TOO_MANY = "Too many messages from your network. Please try again later.";

/** Points a node sets aside in one trip: while they last, a message costs none. */
const AHEAD_MAX = 250;
const aheadOf = (pointsMax: number) => Math.min(AHEAD_MAX, Math.max(1, Math.floor(pointsMax / 4)));

/** This node's own bucket first, which is free and smooth; then what all nodes have counted, of the visitor and of its network. */
export function createMessageLimits(counters: Counters, limits: Limits, metrics: Metrics): MessageLimits {
  const hit = (kind: "visitor_messages" | "ip_messages") => () => metrics.limitHits.inc({ kind });
  const ofVisitor = {
    pointsMax: limits.messagesPerMinute,
    windowMs: MINUTE_MS,
    message: TOO_FAST,
    onHit: hit("visitor_messages"),
  };
  const ofAddress = { message: TOO_MANY, onHit: hit("ip_messages") };
  const buckets = createKeyedBuckets(limits.messagesPerMinute, MINUTE_MS);
  const byVisitor = createRateLimit(counters, {
    name: "messages of visitor",
    ahead: aheadOf(limits.messagesPerMinute),
    ...ofVisitor,
  });
  const byAddress = [
    { name: "messages of address a minute", pointsMax: limits.messagesPerMinutePerIp, windowMs: MINUTE_MS },
    { name: "messages of address a day", pointsMax: limits.messagesPerDayPerIp, windowMs: 24 * 60 * MINUTE_MS },
  ].map((options) => createRateLimit(counters, { ...ofAddress, ...options, ahead: aheadOf(options.pointsMax) }));

  return {
    async take({ visitor_id, address }) {
      const bucket = buckets.of(visitor_id);
      const waitMs = bucket.take();
      if (waitMs > 0) {
        ofVisitor.onHit();
        throw rateLimited(waitMs, TOO_FAST);
      }
      const shared = [{ limit: byVisitor, key: visitor_id }, ...byAddress.map((limit) => ({ limit, key: address }))];
      await Promise.all(shared.map(({ limit, key }) => limit.take(key)));
      return () => {
        bucket.give();
        for (const { limit, key } of shared) limit.giveBack(key);
      };
    },
  };
}
