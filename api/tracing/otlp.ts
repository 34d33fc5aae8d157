import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags, type Attributes, type Span } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from "@opentelemetry/resources";
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  RandomIdGenerator,
  type IdGenerator,
  type SpanExporter,
} from "@opentelemetry/sdk-trace-base";
import {
  ATTR_ERROR_TYPE,
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_HTTP_ROUTE,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  ATTR_SERVICE_NAME,
  ATTR_URL_PATH,
  ATTR_URL_SCHEME,
} from "@opentelemetry/semantic-conventions";
import type { Logger } from "pino";
import type { TraceParent } from "../lib/trace-context.ts";
import { ModelError } from "../llm/model.ts";
import type { CallerSpan, CallSpan, CallStart, ReplySpan, Tracing } from "./tracing.ts";

/** How long a stopping process waits for its last spans to be taken. */
const CLOSE_MS_MAX = 1500;

/**
 * OpenTelemetry's conventions for generative AI (open-telemetry/semantic-conventions-genai, docs/gen-ai). They are in development, and
 * the package of the stable ones has them no more.
 */
const GEN_AI = {
  operation: "gen_ai.operation.name",
  provider: "gen_ai.provider.name",
  agentId: "gen_ai.agent.id",
  conversationId: "gen_ai.conversation.id",
  requestModel: "gen_ai.request.model",
  requestStream: "gen_ai.request.stream",
  requestTemperature: "gen_ai.request.temperature",
  requestMaxTokens: "gen_ai.request.max_tokens",
  outputType: "gen_ai.output.type",
  firstChunk: "gen_ai.response.time_to_first_chunk",
  inputTokens: "gen_ai.usage.input_tokens",
  outputTokens: "gen_ai.usage.output_tokens",
} as const;

/** What the conventions know; others are `_OTHER`. */
const METHODS = new Set(["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"]);

export interface OtlpOptions {
  log: Pick<Logger, "info" | "warn">;
  /** Where this server is reached. */
  publicUrl: string;
  /** Where the model server is; null: the model is part of this process. */
  modelUrl: string | null;
}

/**
 * Sends spans to a collector by OTLP over HTTP, as JSON. So many wait at most (2048, unless `OTEL_BSP_MAX_QUEUE_SIZE` says otherwise), and
 * what comes while they do is dropped. Where the collector is, what is sent along, which traces are kept and how the resource is named,
 * OpenTelemetry's library reads from `OTEL_…` itself, as its environment variable specification has it.
 */
export function createOtlpTracing({ log, publicUrl, modelUrl }: OtlpOptions): Tracing {
  const ids = new GivenTraceIds();
  const provider = new BasicTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ [ATTR_SERVICE_NAME]: "renus" }))
      .merge(detectResources({ detectors: [serviceInstanceIdDetector, envDetector] })),
    idGenerator: ids,
    spanProcessors: [new BatchSpanProcessor(tellingOnce(new OTLPTraceExporter(), log))],
  });
  const tracer = provider.getTracer("renus");
  const scheme = new URL(publicUrl).protocol.slice(0, -1);
  const model = modelUrl === null ? {} : serverOf(new URL(modelUrl));

  /** A span that nobody of this process is above. */
  function root(name: string, traceId: string | null, kind: SpanKind, attributes: Attributes, parent?: TraceParent | null): Span {
    if (parent) {
      const { traceId: theirs, parentId: spanId, isSampled } = parent;
      const traceFlags = isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
      const context = trace.setSpanContext(ROOT_CONTEXT, { traceId: theirs, spanId, traceFlags, isRemote: true });
      return tracer.startSpan(name, { kind, attributes }, context);
    }
    ids.next = traceId;
    return tracer.startSpan(name, { kind, attributes }, ROOT_CONTEXT);
  }
  const below = (parent: Span, name: string, kind: SpanKind, attributes: Attributes = {}) =>
    tracer.startSpan(name, { kind, attributes }, trace.setSpan(ROOT_CONTEXT, parent));

  const callsOf = (parent: Span, conversationId: string): CallerSpan => ({
    call: (start) => callSpan(parent, conversationId, start),
  });

  function callSpan(parent: Span, conversationId: string, start: CallStart): CallSpan {
    const { provider: name, model: asked, isStream, isJson, temperature, tokensMax } = start;
    const span = below(parent, `chat ${asked}`, modelUrl === null ? SpanKind.INTERNAL : SpanKind.CLIENT, {
      [GEN_AI.operation]: "chat",
      [GEN_AI.conversationId]: conversationId,
      [GEN_AI.provider]: name,
      [GEN_AI.requestModel]: asked,
      [GEN_AI.requestStream]: isStream,
      [GEN_AI.requestMaxTokens]: tokensMax,
      [GEN_AI.outputType]: isJson ? "json" : "text",
      ...(temperature === undefined ? {} : { [GEN_AI.requestTemperature]: temperature }),
      ...model,
    });
    return {
      end({ usage, failure, firstChunkSeconds }) {
        if (firstChunkSeconds !== null) span.setAttribute(GEN_AI.firstChunk, firstChunkSeconds);
        if (usage) span.setAttributes({ [GEN_AI.inputTokens]: usage.prompt, [GEN_AI.outputTokens]: usage.completion });
        finish(span, failure ? kindOf(failure) : null);
      },
    };
  }

  return {
    request({ traceId, parent, method: sent, path }) {
      const method = METHODS.has(sent) ? sent : null;
      const name = method ?? "HTTP";
      const attributes = { [ATTR_HTTP_REQUEST_METHOD]: method ?? "_OTHER", [ATTR_URL_PATH]: path, [ATTR_URL_SCHEME]: scheme };
      const span = root(name, traceId, SpanKind.SERVER, attributes, parent);
      return {
        end({ status, route }) {
          if (route !== null) span.updateName(`${name} ${route}`).setAttribute(ATTR_HTTP_ROUTE, route);
          span.setAttribute(ATTR_HTTP_RESPONSE_STATUS_CODE, status);
          // What the client did wrong is no error of a server.
          finish(span, status >= 500 ? String(status) : null);
        },
      };
    },
    message({ conversation_id }) {
      const span = root("message", null, SpanKind.SERVER, { [GEN_AI.conversationId]: conversation_id });
      return {
        end(end) {
          if ("error_code" in end) return finish(span, end.error_code);
          span.setAttributes({ "renus.message.id": end.message_id, "renus.message.duplicate": end.isDuplicate });
          finish(span, null);
        },
      };
    },
    reply({ traceId, conversation_id, agent_id, attempt }): ReplySpan {
      const span = root("invoke_agent", traceId, SpanKind.INTERNAL, {
        [GEN_AI.operation]: "invoke_agent",
        [GEN_AI.conversationId]: conversation_id,
        "renus.reply.attempt": attempt,
        ...(agent_id === null ? {} : { [GEN_AI.agentId]: agent_id }),
      });
      return {
        ...callsOf(span, conversation_id),
        routing() {
          const routing = below(span, "route", SpanKind.INTERNAL);
          return {
            ...callsOf(routing, conversation_id),
            end(end) {
              if (end === null) return finish(routing, null);
              const { outcome, method, sub_agent_id } = end;
              routing.setAttributes({ "renus.routing.outcome": outcome, "renus.routing.method": method });
              if (sub_agent_id !== null) routing.setAttribute("renus.sub_agent.id", sub_agent_id);
              finish(routing, outcome === "fallback" ? "ROUTING_ERROR" : null);
            },
          };
        },
        end({ status, attempt: last, message_id, sub_agent_id, model: asked, routing, tokens, error_code }) {
          span.setAttributes({ "renus.reply.status": status, "renus.reply.attempt": last });
          if (message_id !== null) span.setAttribute("renus.message.id", message_id);
          if (sub_agent_id !== null) span.setAttribute("renus.sub_agent.id", sub_agent_id);
          if (asked !== null) span.setAttribute(GEN_AI.requestModel, asked);
          if (routing !== null) span.setAttribute("renus.routing.outcome", routing);
          if (tokens) span.setAttributes({ [GEN_AI.inputTokens]: tokens.prompt, [GEN_AI.outputTokens]: tokens.completion });
          finish(span, error_code ?? (status === "interrupted" ? status : null));
        },
      };
    },
    async close() {
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_MS_MAX)));
      // That nobody took them has been told.
      await Promise.race([provider.shutdown().catch(() => {}), patience]);
      clearTimeout(timer);
    },
  };
}

function finish(span: Span, errorType: string | null): void {
  if (errorType !== null) span.setAttribute(ATTR_ERROR_TYPE, errorType).setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

/** Words of errors may quote what was sent: only their kind is told. */
const kindOf = (failure: unknown): string =>
  failure instanceof ModelError ? failure.kind : failure instanceof Error ? failure.name : "_OTHER";

function serverOf({ hostname, port, protocol }: URL): Attributes {
  return {
    [ATTR_SERVER_ADDRESS]: hostname,
    [ATTR_SERVER_PORT]: port === "" ? (protocol === "https:" ? 443 : 80) : Number(port),
  };
}

/** Begins a trace under the id that the log has for it. */
class GivenTraceIds implements IdGenerator {
  /** Of the next trace; null: a random one. */
  next: string | null = null;
  readonly #random = new RandomIdGenerator();

  generateTraceId(): string {
    const given = this.next ?? this.#random.generateTraceId();
    this.next = null;
    return given;
  }

  generateSpanId(): string {
    return this.#random.generateSpanId();
  }
}

/** Hands on, and tells the log when the collector stops taking spans, and when it takes them again. */
function tellingOnce(exporter: SpanExporter, log: OtlpOptions["log"]): SpanExporter {
  let isFailing = false;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const hasFailed = result.error !== undefined;
        if (hasFailed !== isFailing) {
          isFailing = hasFailed;
          if (isFailing) log.warn({ reason: reasonOf(result.error) }, "the collector takes no traces: they are dropped");
          else log.info("the collector takes traces again");
        }
        done(result);
      });
    },
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => exporter.shutdown(),
  };
}

/** A system's code or an HTTP status; else the exporter's own words. What the collector says is nobody's business. */
function reasonOf(err: unknown): string {
  const { code, message } = err as { code?: unknown; message?: string };
  return typeof code === "number" || typeof code === "string" ? String(code) : (message ?? "unknown");
}
