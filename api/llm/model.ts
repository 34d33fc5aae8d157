/** Any chat model. Adapters: openai (Chat Completions), scripted (no key). */
export interface ChatMessage {
  role: "system" | "user" | "assistant";
  content: string;
}
export interface ChatRequest {
  model: string;
  messages: readonly ChatMessage[];
  temperature?: number;
  tokensMax?: number;
  /** Aborts at once; the generator then throws an AbortError. */
  signal: AbortSignal;
}
export interface TokenUsage {
  prompt: number;
  completion: number;
}
export type ChatChunk = { type: "text"; text: string } | { type: "usage"; usage: TokenUsage };

export interface ChatModel {
  /** Shown in traces: "openai" or "scripted". */
  readonly provider: string;
  /** Throws ModelError. Retries nothing itself: the caller knows whether text was already shown. */
  stream(request: ChatRequest): AsyncIterable<ChatChunk>;
  /** One whole answer; with `schema` (JSON Schema) the text is JSON of that shape where the server can. Throws ModelError. */
  complete(
    request: ChatRequest & { schema?: { name: string; schema: Record<string, unknown> } },
  ): Promise<{ text: string; usage: TokenUsage | null }>;
}

export type ModelErrorKind = "rate_limited" | "server" | "connection" | "stalled" | "cut" | "refused" | "garbled";

/** Why a model gave no (whole) answer. `message` never holds message text or keys. */
export class ModelError extends Error {
  override name = "ModelError";
  readonly kind: ModelErrorKind;
  readonly isRetryable: boolean;
  readonly retryAfterMs: number | null;
  constructor(kind: ModelErrorKind, message: string, options: { isRetryable: boolean; retryAfterMs?: number | null }) {
    super(message);
    this.kind = kind;
    this.isRetryable = options.isRetryable;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}
