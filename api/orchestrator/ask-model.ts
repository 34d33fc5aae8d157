import { setTimeout as sleep } from "node:timers/promises";
import { ModelError, type TokenUsage } from "../llm/model.ts";
import type { MeteredModel, MeteredRequest } from "./metered-model.ts";
import type { OrchestratorOptions } from "./options.ts";

export type AskOptions = Pick<
  OrchestratorOptions,
  "triesMax" | "triesBudgetMs" | "retryDelayMs" | "firstChunkMs" | "nextChunkMs" | "replyMs" | "contentCharsMax"
>;

export interface AskHandlers {
  /** Before each try; the first is 1. */
  onTry?(number: number): void;
  /** Text as it comes; `isFirst` marks the first of a try, which may hold a whole new reply. */
  onText(text: string, isFirst: boolean): Promise<void> | void;
  onRetry?(err: ModelError): void;
}

/**
 * Streams one reply and tries again within the budget when the server fails, stalls or hangs up. Throws ModelError once the
 * budget is spent, AppError where nothing may be asked, and the signal's reason as soon as it is aborted. What handlers throw is
 * passed on untouched.
 */
export async function askModel(
  model: MeteredModel,
  request: MeteredRequest,
  options: AskOptions,
  handlers: AskHandlers,
): Promise<{ usage: TokenUsage | null }> {
  const startedAt = performance.now();
  for (let number = 1; ; number++) {
    handlers.onTry?.(number);
    try {
      return await askOnce(model, request, options, handlers);
    } catch (err) {
      request.signal.throwIfAborted();
      if (!(err instanceof ModelError)) throw err;
      const waitMs = err.retryAfterMs ?? options.retryDelayMs * 2 ** (number - 1);
      const isInBudget = performance.now() - startedAt + waitMs < options.triesBudgetMs;
      if (!err.isRetryable || number >= options.triesMax || !isInBudget) throw err;
      handlers.onRetry?.(err);
      await sleep(waitMs, undefined, { signal: request.signal }).catch(() => request.signal.throwIfAborted());
    }
  }
}

async function askOnce(
  model: MeteredModel,
  request: MeteredRequest,
  options: AskOptions,
  handlers: AskHandlers,
): Promise<{ usage: TokenUsage | null }> {
  const call = new AbortController();
  const stream = await model.stream({ ...request, signal: AbortSignal.any([request.signal, call.signal]) });
  const chunks = stream[Symbol.asyncIterator]();
  const endsAt = performance.now() + options.replyMs;
  const patience = new Patience(request.signal);
  let usage: TokenUsage | null = null;
  let length = 0;
  try {
    for (let silenceMs = options.firstChunkMs; ; silenceMs = options.nextChunkMs) {
      const next = await patience.next(chunks.next(), Math.min(silenceMs, endsAt - performance.now()));
      if (next.done) break;
      if (next.value.type === "usage") usage = next.value.usage;
      if (next.value.type !== "text") continue;
      // PostgreSQL stores no U+0000; blank beginnings are no answer yet.
      let text = next.value.text.replaceAll("\0", "");
      if (length === 0) text = text.trimStart();
      if (text === "") continue;
      const isFirst = length === 0;
      text = text.slice(0, options.contentCharsMax - length);
      length += text.length;
      await handlers.onText(text, isFirst);
      if (length >= options.contentCharsMax) return { usage };
    }
  } finally {
    patience.end();
    // Frees the connection of a stalled or overlong answer; nobody waits for it.
    call.abort();
    void Promise.resolve(chunks.return?.()).catch(() => {});
  }
  if (length === 0) throw new ModelError("empty", "The model answered without any text.", { isRetryable: true });
  return { usage };
}

/** Waits for one chunk after the other, with one timer and one ear on the signal for all of them: hundreds of answers come at once. */
class Patience {
  readonly #signal: AbortSignal;
  #fail: ((reason: Error) => void) | null = null;
  #timer: NodeJS.Timeout | undefined;
  #firesAt = Infinity;
  #endsAt = 0;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener("abort", this.#onAbort);
  }

  /** The next chunk, or ModelError "stalled" after `ms` of silence; aborts at once even when the model does not. */
  next<T>(work: Promise<T>, ms: number): Promise<T> {
    this.#endsAt = performance.now() + ms;
    if (this.#endsAt < this.#firesAt) this.#arm(ms);
    return new Promise((resolve, reject) => {
      this.#fail = reject;
      work.then(resolve, (err: unknown) => {
        const known = err instanceof ModelError || this.#signal.aborted;
        reject(known ? (err as Error) : new ModelError("server", "The model failed unexpectedly.", { isRetryable: false }));
      });
      if (this.#signal.aborted) this.#onAbort();
    });
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#signal.removeEventListener("abort", this.#onAbort);
  }

  #arm(ms: number): void {
    clearTimeout(this.#timer);
    this.#firesAt = performance.now() + ms;
    this.#timer = setTimeout(() => {
      this.#firesAt = Infinity;
      const leftMs = this.#endsAt - performance.now();
      if (leftMs > 0) this.#arm(leftMs);
      else this.#fail?.(new ModelError("stalled", "The model stopped answering.", { isRetryable: true }));
    }, ms);
  }

  readonly #onAbort = () => this.#fail?.(this.#signal.reason as Error);
}
