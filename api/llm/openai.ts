import type { EventSourceMessage } from "eventsource-parser";
import OpenAI, { APIConnectionError, APIError } from "openai";
import type { ChatCompletionChunk, ChatCompletionCreateParamsBase } from "openai/resources/chat/completions/completions.js";
import { readEvents } from "../lib/read-events.ts";
import { readRetryAfter } from "../lib/retry-after.ts";
import { ModelError, type ChatModel, type ChatRequest, type TokenUsage } from "./model.ts";

/** Parameters that some servers or models refuse; they are left out from then on. */
const OPTIONAL_PARAMS = ["stream_options", "temperature", "max_completion_tokens", "max_tokens"] as const;
type OptionalParam = (typeof OPTIONAL_PARAMS)[number];

/** Any server that speaks Chat Completions: OpenAI, Ollama, vLLM, … */
export function createOpenAiModel({ apiKey, baseUrl }: { apiKey: string; baseUrl: string }): ChatModel {
  const client = new OpenAI({
    apiKey,
    baseURL: baseUrl,
    organization: null,
    project: null,
    // The caller retries: only it knows whether text was already shown.
    maxRetries: 0,
    timeout: 10 * 60_000,
    // Its log lines may quote what visitors wrote.
    logLevel: "off",
  });
  const refused = new Map<string, Set<OptionalParam>>();

  /** Sends, and once more for each optional parameter the server turns out to refuse. */
  async function send<T>(
    params: ChatCompletionCreateParamsBase,
    call: (params: ChatCompletionCreateParamsBase) => Promise<T>,
  ): Promise<T> {
    for (;;) {
      const left = new Set(refused.get(params.model));
      const sent = Object.fromEntries(Object.entries(params).filter(([name]) => !left.has(name as OptionalParam)));
      // Models that think take their cap under this name alone; other servers know only the old one.
      if (left.has("max_tokens") && !left.has("max_completion_tokens")) sent["max_completion_tokens"] = params.max_tokens;
      try {
        return await call(sent as unknown as ChatCompletionCreateParamsBase);
      } catch (err) {
        const blamed = refusedParam(err, sent);
        if (!blamed) throw err;
        refused.set(params.model, left.add(blamed));
      }
    }
  }

  return {
    provider: "openai",
    async *stream(request) {
      const { signal } = request;
      try {
        const params = { ...paramsOf(request), stream_options: { include_usage: true } };
        const { body } = await send(params, (sent) =>
          client.chat.completions.create({ ...sent, stream: true }, { signal }).asResponse(),
        );
        let finish: string | null = null;
        const spoken = withoutThoughts();
        for await (const events of body ? readEvents(body) : []) {
          let text = "";
          let isOver = false;
          try {
            for (const event of events) {
              isOver = event.data === "[DONE]";
              if (isOver) break;
              const chunk = chunkOf(event);
              if (chunk.usage) yield { type: "usage", usage: usageOf(chunk.usage) };
              const choice = chunk.choices?.[0];
              finish = choice?.finish_reason ?? finish;
              const content = choice?.delta?.content;
              const said = typeof content === "string" ? spoken(content) : "";
              if (said === "") yield { type: "alive" };
              text += said;
            }
          } catch (err) {
            if (text !== "") yield { type: "text", text };
            throw err;
          }
          // What came together goes on together.
          if (text !== "") yield { type: "text", text };
          if (isOver) break;
        }
        signal.throwIfAborted();
        if (finish === "content_filter")
          throw new ModelError("refused", "The model server filtered the answer.", { isRetryable: false });
        if (finish === null) throw new ModelError("cut", "The model's answer broke off.", { isRetryable: true });
      } catch (err) {
        throw toModelError(err, signal);
      }
    },
    async complete(request) {
      const { signal, schema } = request;
      try {
        const params = paramsOf(request);
        if (schema) params.response_format = { type: "json_schema", json_schema: { ...schema, strict: true } };
        const answer = await send(params, (sent) => client.chat.completions.create({ ...sent, stream: false }, { signal }));
        const content = answer?.choices?.[0]?.message?.content;
        const text = typeof content === "string" ? withoutThoughts()(content) : "";
        if (text.trim() === "") {
          throw new ModelError("garbled", "The model server's answer holds no text.", { isRetryable: true });
        }
        return { text, usage: answer.usage ? usageOf(answer.usage) : null };
      } catch (err) {
        throw toModelError(err, signal);
      }
    },
  };
}

/** Throws APIError where the server says that it failed, SyntaxError where it says nothing that is JSON. */
function chunkOf({ event, data }: EventSourceMessage): Partial<ChatCompletionChunk> {
  const chunk = JSON.parse(data) as Partial<ChatCompletionChunk> & { error?: unknown };
  if (event !== "error" && !chunk?.error) return chunk ?? {};
  throw new APIError(undefined, undefined, undefined, undefined);
}

/** Some open models think aloud first, in `<think>…</think>`: that is not for visitors. Returns what each piece says. */
export function withoutThoughts(): (piece: string) => string {
  const [OPEN, CLOSE] = ["<think>", "</think>"];
  let state: "beginning" | "thinking" | "speaking" = "beginning";
  let held = "";
  return (piece) => {
    if (state === "speaking") return piece;
    held += piece;
    if (state === "beginning") {
      const begun = held.trimStart();
      if (begun.length < OPEN.length && OPEN.startsWith(begun)) return "";
      if (!begun.startsWith(OPEN)) {
        state = "speaking";
        return held;
      }
      state = "thinking";
    }
    const end = held.indexOf(CLOSE);
    if (end < 0) {
      held = held.slice(-CLOSE.length);
      return "";
    }
    state = "speaking";
    return held.slice(end + CLOSE.length).trimStart();
  };
}

function paramsOf({ model, messages, temperature, tokensMax }: ChatRequest): ChatCompletionCreateParamsBase {
  return {
    model,
    messages: messages.map(({ role, content }) => ({ role, content })),
    ...(temperature === undefined ? {} : { temperature }),
    ...(tokensMax === undefined ? {} : { max_tokens: tokensMax }),
  };
}

const usageOf = (usage: { prompt_tokens?: number; completion_tokens?: number }): TokenUsage => ({
  prompt: usage.prompt_tokens ?? 0,
  completion: usage.completion_tokens ?? 0,
});

/** The optional parameter a 400 or 422 is about; servers that name none are taken to mean stream_options. */
function refusedParam(err: unknown, sent: Record<string, unknown>): OptionalParam | null {
  if (!(err instanceof APIError) || (err.status !== 400 && err.status !== 422)) return null;
  const named = OPTIONAL_PARAMS.find((param) => param in sent && (err.param?.startsWith(param) || err.message.includes(param)));
  if (named) return named;
  return err.param == null && "stream_options" in sent ? "stream_options" : null;
}

/** Only what is known beforehand goes into the words: servers quote keys and messages in theirs. */
function toModelError(err: unknown, signal: AbortSignal): Error {
  if (err instanceof ModelError) return err;
  if (signal.aborted) return signal.reason as Error;
  if (err instanceof APIConnectionError) {
    return new ModelError("connection", "The model server could not be reached.", { isRetryable: true });
  }
  if (err instanceof APIError) {
    const status = err.status as number | undefined;
    if (status === 429) {
      const isRetryable = err.code !== "insufficient_quota";
      const words = isRetryable
        ? "The model server has too much to do (429)."
        : "The account at the model server is used up (429).";
      return new ModelError("rate_limited", words, {
        isRetryable,
        retryAfterMs: retryAfterMs(err.headers as Headers | undefined),
      });
    }
    if (status === undefined)
      return new ModelError("server", "The model server reported an error in its answer.", { isRetryable: true });
    if (status >= 500 || status === 408 || status === 409) {
      const retryAfter = retryAfterMs(err.headers as Headers | undefined);
      return new ModelError("server", `The model server failed (${status}).`, { isRetryable: true, retryAfterMs: retryAfter });
    }
    return new ModelError("refused", REFUSALS[status] ?? `The model server refused the request (${status}).`, {
      isRetryable: false,
    });
  }
  if (err instanceof SyntaxError)
    return new ModelError("garbled", "The model server's answer could not be read.", { isRetryable: true });
  // A broken connection in the middle of an answer reaches us as fetch's own TypeError.
  return new ModelError("cut", "The model's answer broke off.", { isRetryable: true });
}

const REFUSALS: Readonly<Record<number, string>> = {
  401: "The model server did not accept the key (401): check OPENAI_API_KEY.",
  403: "The key may not use this model (403).",
  404: "The model server does not know the model, or the address is wrong (404): check OPENAI_MODEL and OPENAI_BASE_URL.",
};

/** `retry-after-ms` is OpenAI's own. */
function retryAfterMs(headers: Headers | undefined): number | null {
  const exact = Number(headers?.get("retry-after-ms") ?? Number.NaN);
  if (Number.isFinite(exact) && exact >= 0) return exact;
  return readRetryAfter(headers?.get("retry-after"), Date.now());
}
