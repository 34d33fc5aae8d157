/** Stands for the key of a server that wants none. */
export const NO_KEY = "none";

/** Any chat model. Adapters: openai (Chat Completions), scripted (no key). */
export interface ChatMessage {
  role: "system" | "user" | "assistant";
  content: string;
}

/** The facts behind the prompt in structured form. Models that read the prompt ignore them; the scripted one has nothing else. */
export interface Grounding {
  /** BCP 47 tag of the visitor or the agent; null when unknown. */
  language: string | null;
  agent: { name: string; description: string | null; greeting: string | null; starters: readonly string[] };
  /** Who answers when it is not the main agent. */
  specialist: { name: string; description: string | null; topics: readonly string[] } | null;
  /** Passages of what the answering agent knows. */
  knowledge: readonly string[];
  /** What the visitor asked. */
  question: string;
  /** Only when a topic is to be found. */
  routing?: { topics: readonly { topic: string; about: string }[]; previousTopic: string | null };
}

export interface ChatRequest {
  model: string;
  messages: readonly ChatMessage[];
  temperature?: number;
  tokensMax?: number;
  /** Aborts at once; the call then throws an AbortError. */
  signal: AbortSignal;
  grounding?: Grounding;
}
export interface TokenUsage {
  prompt: number;
  completion: number;
}
/** `alive`: the server sent something that holds no text, so it is not stalled. */
export type ChatChunk = { type: "text"; text: string } | { type: "usage"; usage: TokenUsage } | { type: "alive" };

/** JSON Schema that an answer has to follow. */
export interface AnswerSchema {
  name: string;
  schema: Record<string, unknown>;
}

export interface ChatModel {
  /** Shown in traces: "openai" or "scripted". */
  readonly provider: string;
  /** The name of the only model there is, whatever a request asks for; absent where the request decides. */
  readonly onlyModel?: string;
  /** Throws ModelError. Retries nothing itself: the caller knows whether text was already shown. */
  stream(request: ChatRequest): AsyncIterable<ChatChunk>;
  /** One whole answer; with `schema` the text is JSON of that shape where the server can. Throws ModelError. */
  complete(request: ChatRequest & { schema?: AnswerSchema }): Promise<{ text: string; usage: TokenUsage | null }>;
}

export type ModelErrorKind = "rate_limited" | "server" | "connection" | "stalled" | "cut" | "refused" | "garbled" | "empty";

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
