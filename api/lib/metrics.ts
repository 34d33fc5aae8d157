import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

/** Every limit that somebody may meet. */
export type LimitKind =
  | "frames"
  | "visitor_messages"
  | "ip_messages"
  | "ip_sessions"
  | "sign_in"
  | "sockets"
  | "agent_day"
  | "visitor_day";

/** What `/metrics` tells. Labels are few and bounded: no ids, slugs or addresses. */
export interface Metrics {
  /** Seconds of one HTTP request by method, route pattern and status. */
  readonly httpSeconds: Histogram<"method" | "route" | "status">;
  /** Open sockets by who holds them. */
  readonly sockets: Gauge<"kind">;
  /** Visitors' messages that were stored together in one commit. */
  readonly commitMessages: Histogram;
  /** Requests, frames, messages and replies that a limit has stopped. */
  readonly limitHits: { inc(labels: { kind: LimitKind }): void };
  /** Replies that ended, by how. */
  readonly replies: Counter<"status">;
  /** Seconds from the visitor's message to the first token of its reply. */
  readonly firstTokenSeconds: Histogram;
  /** Prometheus text format and its content type. */
  read(): Promise<{ body: string; contentType: string }>;
  close(): void;
}

/** `withProcess`: also memory, event loop and garbage collection of the process. */
export function createMetrics(options: { withProcess: boolean }): Metrics {
  const registry = new Registry();
  const registers = [registry];
  if (options.withProcess) collectDefaultMetrics({ register: registry });
  return {
    httpSeconds: new Histogram({
      name: "renus_http_request_seconds",
      help: "Seconds until an HTTP answer was ready",
      labelNames: ["method", "route", "status"],
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers,
    }),
    sockets: new Gauge({ name: "renus_sockets", help: "Open WebSocket connections", labelNames: ["kind"], registers }),
    commitMessages: new Histogram({
      name: "renus_commit_messages",
      help: "Visitors' messages stored by one commit",
      buckets: [0, 1, 2, 4, 8, 16, 32, 64, 128, 256],
      registers,
    }),
    limitHits: new Counter({ name: "renus_limit_hits_total", help: "What a limit has stopped", labelNames: ["kind"], registers }),
    replies: new Counter({ name: "renus_replies_total", help: "Replies that ended", labelNames: ["status"], registers }),
    firstTokenSeconds: new Histogram({
      name: "renus_reply_first_token_seconds",
      help: "Seconds from a visitor's message to the first token of its reply",
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32],
      registers,
    }),
    async read() {
      return { body: await registry.metrics(), contentType: registry.contentType };
    },
    close() {
      registry.clear();
    },
  };
}
