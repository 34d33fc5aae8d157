import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import { CLOSE } from "../../protocol/codes.ts";

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

/** Plain numbers: frames are too many for a call of the library each. Read when somebody asks for `/metrics`. */
export interface Traffic {
  /** Frames from clients by type; `invalid` for what is no frame. */
  readonly received: Record<string, number>;
  /** Frames written to sockets and event streams. */
  sent: number;
  /** Frames that a peer which reads slowly was spared, because what they say heals by itself. */
  readonly dropped: { typing: number; presence: number };
}

/** Values that nobody keeps: computed when somebody asks for `/metrics`. */
export type Measured = "bufferedBytes" | "repliesRunning";

/** Of one attempt; retried: there will be another. */
export type WebhookOutcome = "delivered" | "retried" | "failed";

export type RoutingOutcome = "specialist" | "main" | "fallback";

/** What `/metrics` tells; docs/metrics.md explains each. Labels are few and bounded: no ids, slugs or addresses. */
export interface Metrics {
  /** Seconds of one HTTP request by method, route pattern and status. */
  readonly httpSeconds: Histogram<"method" | "route" | "status">;
  /** Open sockets by who holds them. */
  readonly sockets: Gauge<"kind">;
  readonly traffic: Traffic;
  /** A socket was closed. Codes that peers make up count as `other`. */
  socketClosed(code: number): void;
  /** Who computes a value, asked at each scrape; the last one who says so. Must not throw. */
  measure(name: Measured, read: () => number): void;
  /** Visitors' messages that were stored together in one commit. */
  readonly commitMessages: Histogram;
  /** Seconds that the statement which stores them took, its commit included. */
  readonly commitSeconds: Histogram;
  /** Seconds until a packet of this node came back to it over the link between nodes. */
  readonly busLagSeconds: Histogram;
  /** Requests, frames, messages and replies that a limit has stopped. */
  readonly limitHits: { inc(labels: { kind: LimitKind }): void };
  /** Replies that ended, by how. */
  readonly replies: Counter<"status">;
  /** Seconds from the visitor's message to the first token of its reply. */
  readonly firstTokenSeconds: Histogram;
  /** Seconds from the claim of a reply's job to the end of the reply, by how it ended. */
  readonly replySeconds: Histogram<"status">;
  readonly routings: { inc(labels: { outcome: RoutingOutcome }): void };
  /** Attempts to deliver an event to a webhook. */
  readonly webhookDeliveries: { inc(labels: { outcome: WebhookOutcome }): void };
  /** Tokens of settled calls to models, as they count against limits. */
  readonly modelTokens: { inc(labels: { kind: "prompt" | "completion" }, tokens: number): void };
  /** US dollars of settled calls to models, estimated as they count against limits. */
  readonly modelCost: { inc(usd: number): void };
  /** Prometheus text format and its content type. */
  read(): Promise<{ body: string; contentType: string }>;
  close(): void;
}

/** What this server says, and what RFC 6455 (7.4.1) has a peer or `ws` say. */
const KNOWN_CODES = new Set<number>([...Object.values(CLOSE), 1000, 1001, 1002, 1005, 1006]);

/** `withProcess`: also memory, event loop and garbage collection of the process. */
export function createMetrics(options: { withProcess: boolean }): Metrics {
  const registry = new Registry();
  const registers = [registry];
  if (options.withProcess) collectDefaultMetrics({ register: registry });
  const traffic: Traffic = { received: {}, sent: 0, dropped: { typing: 0, presence: 0 } };
  const measured = new Map<Measured, () => number>();
  countTraffic(traffic, registers);
  const gauge = (key: Measured, name: string, help: string) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(measured.get(key)?.() ?? 0);
      },
    });
  gauge("bufferedBytes", "renus_socket_buffered_bytes", "Bytes that wait to be read by the peers of open WebSocket connections");
  gauge("repliesRunning", "renus_replies_running", "Replies being written right now");
  const closes = new Counter({
    name: "renus_socket_closes_total",
    help: "WebSocket connections that were closed, by close code",
    labelNames: ["code"],
    registers,
  });
  return {
    traffic,
    socketClosed: (code) => closes.inc({ code: KNOWN_CODES.has(code) ? String(code) : "other" }),
    measure: (name, read) => void measured.set(name, read),
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
    commitSeconds: new Histogram({
      name: "renus_commit_seconds",
      help: "Seconds of one statement that stores visitors' messages, its commit included",
      buckets: [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers,
    }),
    busLagSeconds: new Histogram({
      name: "renus_bus_lag_seconds",
      help: "Seconds until a packet of this node came back over the link between nodes",
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30],
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
    replySeconds: new Histogram({
      name: "renus_reply_seconds",
      help: "Seconds from the claim of a reply's job to the end of the reply",
      labelNames: ["status"],
      buckets: [0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 300],
      registers,
    }),
    routings: new Counter({
      name: "renus_routings_total",
      help: "Who was chosen to answer; fallback: the main agent, because choosing failed",
      labelNames: ["outcome"],
      registers,
    }),
    webhookDeliveries: new Counter({
      name: "renus_webhook_deliveries_total",
      help: "Attempts to deliver an event to a webhook; retried: there will be another, failed: there will be none",
      labelNames: ["outcome"],
      registers,
    }),
    modelTokens: new Counter({
      name: "renus_model_tokens_total",
      help: "Tokens of calls to models",
      labelNames: ["kind"],
      registers,
    }),
    modelCost: new Counter({ name: "renus_model_cost_usd_total", help: "US dollars of calls to models, estimated", registers }),
    async read() {
      return { body: await registry.metrics(), contentType: registry.contentType };
    },
    close() {
      registry.clear();
    },
  };
}

function countTraffic(traffic: Traffic, registers: Registry[]): void {
  new Counter({
    name: "renus_frames_received_total",
    help: "Frames from clients; invalid: what is no frame",
    labelNames: ["type"],
    registers,
    collect() {
      this.reset();
      for (const [type, count] of Object.entries(traffic.received)) this.inc({ type }, count);
    },
  });
  new Counter({
    name: "renus_frames_sent_total",
    help: "Frames written to sockets and event streams",
    registers,
    collect() {
      this.reset();
      this.inc(traffic.sent);
    },
  });
  new Counter({
    name: "renus_frames_dropped_total",
    help: "Frames left out because their peer reads slowly",
    labelNames: ["type"],
    registers,
    collect() {
      this.reset();
      for (const [type, count] of Object.entries(traffic.dropped)) this.inc({ type }, count);
    },
  });
}

/** One more frame from a client. `type` is one of the protocol's, or `invalid`. */
export function countReceived({ received }: Traffic, type: string): void {
  received[type] = (received[type] ?? 0) + 1;
}
