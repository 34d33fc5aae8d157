import type { RoutingOutcome } from "../lib/metrics.ts";
import type { TraceParent } from "../lib/trace-context.ts";
import type { TokenUsage } from "../llm/model.ts";

/**
 * Spans, which a collector is told of. What may stand in one is what these shapes name: ids, codes, counts, names of models and paths;
 * nothing that people write. There is none where no collector is named: whoever traces asks `tracing?.`. Nothing here waits or throws.
 */
export interface Tracing {
  /** One HTTP request. `traceId`: 32 hex digits, the one its log event names. */
  request(start: { traceId: string; parent: TraceParent | null; method: string; path: string }): RequestSpan;
  /** One message of a visitor, until it is committed and acknowledged, or refused. */
  message(start: { conversation_id: string }): MessageSpan;
  /** One run at a reply. `traceId` as above: all runs at one reply share it. */
  reply(start: { traceId: string; conversation_id: string; agent_id: string | null; attempt: number }): ReplySpan;
  /** Sends what has ended; gives up after 1.5 s. */
  close(): Promise<void>;
}

/** Each span is ended once. */
export interface RequestSpan {
  /** `route`: the pattern; null where no route was met. */
  end(end: { status: number; route: string | null }): void;
}
export interface MessageSpan {
  /** `error_code`: why it was refused. */
  end(end: { message_id: string; isDuplicate: boolean } | { error_code: string }): void;
}
/** Under which calls to a model are traced. */
export interface CallerSpan {
  call(start: CallStart): CallSpan;
}
export interface ReplySpan extends CallerSpan {
  routing(): RoutingSpan;
  end(end: ReplyOutcome): void;
}
export interface RoutingSpan extends CallerSpan {
  /** null: nobody wants the reply any more, or the model may not be asked. */
  end(end: { outcome: RoutingOutcome; method: string; sub_agent_id: string | null } | null): void;
}
export interface CallSpan {
  /** `failure`: what it threw. `firstChunkSeconds`: null when nothing came, or all at once. */
  end(end: { usage: TokenUsage | null; failure: unknown; firstChunkSeconds: number | null }): void;
}

export interface CallStart {
  provider: string;
  model: string;
  isStream: boolean;
  isJson: boolean;
  temperature: number | undefined;
  tokensMax: number;
}
/** `lost`, `stopping`: others go on with it. `interrupted`: its end could not be stored, so it will be tried again, or has been by others. */
export interface ReplyOutcome {
  status: "complete" | "failed" | "cancelled" | "lost" | "stopping" | "interrupted";
  attempt: number;
  message_id: string | null;
  sub_agent_id: string | null;
  model: string | null;
  routing: RoutingOutcome | null;
  tokens: TokenUsage | null;
  error_code: string | null;
}
