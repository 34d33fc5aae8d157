import type { Logger } from "pino";
import type { Database } from "../db/database.ts";
import { AppError } from "../errors.ts";
import { loggable } from "../lib/loggable.ts";
import type { Metrics } from "../lib/metrics.ts";
import {
  ModelError,
  type AnswerSchema,
  type ChatChunk,
  type ChatModel,
  type ChatRequest,
  type TokenUsage,
} from "../llm/model.ts";
import { countedCost } from "../services/limits/prices.ts";
import { reserveCall, type Spender } from "../services/limits/reserve-call.ts";
import { settleCall } from "../services/limits/settle-call.ts";
import type { CallerSpan } from "../tracing/tracing.ts";
import { approximateTokens } from "./tokens.ts";

export type MeteredRequest = ChatRequest & {
  tokensMax: number;
  spender: Spender;
  /** Each call becomes a span below it; absent where nothing is traced. */
  span?: CallerSpan | undefined;
};

/** A model that is asked on somebody's account only. A plain one will do where nothing is counted. */
export interface MeteredModel extends Pick<ChatModel, "provider" | "onlyModel"> {
  /**
   * Resolves once the call is reserved: how long the database takes is no silence of the model's. What comes has to be read or
   * returned. Throws what `reserveCall` throws before anything is asked; what comes throws ModelError.
   */
  stream(request: MeteredRequest): AsyncIterable<ChatChunk> | Promise<AsyncIterable<ChatChunk>>;
  complete(request: MeteredRequest & { schema?: AnswerSchema }): Promise<{ text: string; usage: TokenUsage | null }>;
}

interface Meter {
  db: Database;
  log: Logger;
  metrics: Pick<Metrics, "limitHits" | "modelTokens" | "modelCost"> | undefined;
  /** Nobody is paid for these models: only tokens and replies count. */
  isFree: boolean;
}

/** A cap that the server ignores is enforced here, with room for how far an estimate may be off. */
const CAP_IGNORED_AT = 2;
/** A server that reports less than this part of what we count ourselves is not believed. */
const BELIEVED_FROM = 1 / 4;
const TOKENS_BELIEVED_MAX = 10_000_000;

/**
 * Each call is reserved before and settled after, whatever becomes of it; what may not be spent is not asked. Nobody waits for the
 * settling, `settled` apart.
 */
export function meterModel(model: ChatModel, { db, log, metrics, isFree }: Meter): MeteredModel & { settled(): Promise<void> } {
  const settling = new Set<{ job_id: string | null; done: Promise<void> }>();
  const costOf = (name: string, { prompt, completion }: TokenUsage) => ({
    tokens: prompt + completion,
    micro_usd: isFree ? 0 : countedCost({ model: name, prompt_tokens: prompt, completion_tokens: completion }),
  });

  async function begin(request: MeteredRequest & { schema?: AnswerSchema }) {
    const prompt = promptTokens(request);
    const { job_id } = request.spender;
    // Whether the reply has been counted is known when its former call is settled.
    const former = [...settling].filter((one) => job_id !== null && one.job_id === job_id);
    await Promise.all(former.map(({ done }) => done));
    const call = await reserveCall(db, request.spender, costOf(request.model, { prompt, completion: request.tokensMax })).catch(
      (err: unknown) => {
        if (err instanceof AppError && err.code === "QUOTA_EXCEEDED") {
          metrics?.limitHits.inc({ kind: err.details["scope"] === "agent" ? "agent_day" : "visitor_day" });
        }
        throw err;
      },
    );
    return {
      settle(reported: TokenUsage | null, written: number, failure: unknown): void {
        const isVoid = reported === null && written === 0 && isNothingDone(failure);
        const usage = isVoid ? { prompt: 0, completion: 0 } : believed(reported, { prompt, completion: written });
        const cost = costOf(request.model, usage);
        metrics?.modelTokens.inc({ kind: "prompt" }, usage.prompt);
        metrics?.modelTokens.inc({ kind: "completion" }, usage.completion);
        metrics?.modelCost.inc(cost.micro_usd / 1_000_000);
        const done = settleCall(db, call, { ...cost, isVoid }).catch((err: unknown) =>
          log.warn({ err: loggable(err) }, "a call to the model could not be settled and counts as reserved"),
        );
        const one = { job_id, done };
        settling.add(one);
        void done.finally(() => settling.delete(one));
      },
    };
  }

  const traced = (request: MeteredRequest & { schema?: AnswerSchema }, isStream: boolean) =>
    request.span?.call({
      provider: model.provider,
      model: request.model,
      isStream,
      isJson: request.schema !== undefined,
      temperature: request.temperature,
      tokensMax: request.tokensMax,
    });

  return {
    provider: model.provider,
    ...(model.onlyModel === undefined ? {} : { onlyModel: model.onlyModel }),
    async stream(request) {
      const call = await begin(request);
      return counted(request, call.settle);
    },
    async complete(request) {
      const call = await begin(request);
      const span = traced(request, false);
      let answer: { text: string; usage: TokenUsage | null } | null = null;
      let failure: unknown = null;
      try {
        answer = await model.complete(request);
        return answer;
      } catch (err) {
        failure = err;
        throw err;
      } finally {
        span?.end({ usage: answer?.usage ?? null, failure, firstChunkSeconds: null });
        call.settle(answer?.usage ?? null, approximateTokens(answer?.text ?? ""), failure);
      }
    },
    async settled() {
      await Promise.all([...settling].map(({ done }) => done));
    },
  };

  async function* counted(
    request: MeteredRequest,
    settle: (reported: TokenUsage | null, written: number, failure: unknown) => void,
  ): AsyncGenerator<ChatChunk> {
    const span = traced(request, true);
    const startedAt = performance.now();
    let firstChunkSeconds: number | null = null;
    let usage: TokenUsage | null = null;
    let written = 0;
    let hasText = false;
    let failure: unknown = null;
    try {
      for await (const chunk of model.stream(request)) {
        if (span) firstChunkSeconds ??= (performance.now() - startedAt) / 1000;
        if (chunk.type === "usage") usage = chunk.usage;
        else {
          hasText ||= chunk.type === "text";
          // What holds no text may be thoughts, which cost as much; a piece is a token or more.
          written += chunk.type === "text" ? approximateTokens(chunk.text) : 1;
        }
        yield chunk;
        if (written < request.tokensMax * CAP_IGNORED_AT) continue;
        log.warn({ model: request.model }, "the model server ignores the cap on tokens: its answer was ended");
        if (hasText) return;
        throw new ModelError("empty", "The model thought for too long without an answer.", { isRetryable: false });
      }
    } catch (err) {
      failure = err;
      throw err;
    } finally {
      span?.end({ usage, failure, firstChunkSeconds });
      settle(usage, written, failure);
    }
  }
}

/** The server said itself that it did not begin. */
const isNothingDone = (failure: unknown): boolean =>
  failure instanceof ModelError && (failure.kind === "rate_limited" || failure.kind === "refused");

function promptTokens({ messages, schema }: MeteredRequest & { schema?: AnswerSchema }): number {
  const texts = messages.map(({ content }) => content);
  if (schema) texts.push(JSON.stringify(schema.schema));
  return texts.reduce((sum, text) => sum + approximateTokens(text) + 4, 3);
}

/** What a server reports, unless that cannot be true; then what we count ourselves. */
function believed(reported: TokenUsage | null, counted: TokenUsage): TokenUsage {
  const choose = (told: number | undefined, own: number) =>
    told !== undefined && Number.isFinite(told) && told >= own * BELIEVED_FROM
      ? Math.min(Math.ceil(told), TOKENS_BELIEVED_MAX)
      : own;
  return { prompt: choose(reported?.prompt, counted.prompt), completion: choose(reported?.completion, counted.completion) };
}
