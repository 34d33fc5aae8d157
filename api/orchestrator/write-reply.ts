import { LIMITS } from "../../protocol/codes.ts";
import type { ServerFrame } from "../../protocol/frames.ts";
import type { Message, RoutingTrace } from "../../protocol/resources.ts";
import { sqlState } from "../db/database.ts";
import { AppError } from "../errors.ts";
import type { RoutingOutcome } from "../lib/metrics.ts";
import { toTraceId } from "../lib/trace-context.ts";
import { ModelError, type TokenUsage } from "../llm/model.ts";
import { dayLimitsOf } from "../services/limits/day-limits.ts";
import type { Spender } from "../services/limits/reserve-call.ts";
import type { ReplyOutcome, ReplySpan } from "../tracing/tracing.ts";
import { askModel } from "./ask-model.ts";
import { modelName } from "./model-name.ts";
import type { OrchestratorOptions } from "./options.ts";
import type { OrchestratorDeps } from "./orchestrator.ts";
import { buildPrompt, type Turn } from "./prompt.ts";
import type { RegisteredAgent, Registry } from "./registry.ts";
import { abandonJob, releaseJob } from "./reply-jobs.ts";
import {
  endReply,
  refuseReply,
  restartReply,
  saveReplies,
  startReply,
  type Draft,
  type ReplyEnd,
  type Speaker,
} from "./reply-rows.ts";
import type { Author, ReplySaver } from "./reply-saver.ts";
import { createReplyStream, type ReplyStream } from "./reply-stream.ts";
import { routeTopic } from "./route-topic.ts";
import type { Run } from "./run.ts";

export interface WriteContext {
  readonly deps: OrchestratorDeps;
  readonly registry: Registry;
  readonly options: OrchestratorOptions;
  readonly saver: ReplySaver;
}

/**
 * Writes one claimed reply to its end: complete, failed or cancelled; or puts it down when it was lost or the process stops.
 * Throws only when the database fails: the lease then runs out and another attempt begins.
 */
export async function writeReply(context: WriteContext, run: Run): Promise<void> {
  const { deps, options } = context;
  const { job } = run;
  const publish = (frame: ServerFrame) => {
    const { client_id, conversation_id } = job;
    deps.bus.publish({ topic: "frame", client_id, conversation_id, frame, visitor_id: run.claimed.conversation.visitor_id });
  };
  const reply = new Reply(context, run, publish);
  try {
    if (job.cancel_requested) run.stop("cancelled");
    run.signal.throwIfAborted();
    if (job.attempt > 2 * options.attemptsMax) return await reply.abandon();
    if (job.attempt > options.attemptsMax) return await reply.end({ status: "failed", error_code: "MODEL_UNAVAILABLE" });
    await reply.write();
  } catch (err) {
    await reply.quiet();
    switch (run.stopReason) {
      case "lost":
        return;
      case "cancelled":
        return await reply.end({ status: "cancelled", error_code: null });
      case "stopping":
        await reply.save();
        await releaseJob(deps.db, job);
        // Whoever is there goes on at once.
        return deps.bus.publish({ topic: "jobs", conversation_id: job.conversation_id });
      case null:
        if (sqlState(err) === "RN410") return await reply.end({ status: "cancelled", error_code: null });
        if (err instanceof AppError && err.code === "QUOTA_EXCEEDED") return await reply.refuse();
        if (!(err instanceof ModelError)) throw err;
        deps.log.warn({ conversation_id: job.conversation_id, kind: err.kind, reason: err.message }, "the model gave no reply");
        return await reply.end({ status: "failed", error_code: "MODEL_UNAVAILABLE" });
    }
  } finally {
    await reply.quiet();
    reply.close();
    reply.endSpan({ status: run.stopReason ?? "interrupted", error_code: null, tokens: null });
  }
}

class Reply {
  readonly #context: WriteContext;
  readonly #run: Run;
  readonly #publish: (frame: ServerFrame) => void;
  readonly #startedAt = performance.now();
  #attempt: number;
  #speaker: Speaker | null = null;
  #trace: RoutingTrace | null = null;
  #routing: RoutingOutcome | null = null;
  #stream: ReplyStream | null = null;
  #savedLength = 0;
  #span: ReplySpan | undefined;
  readonly #author: Author = { draft: () => this.#draft(), onLost: () => this.#run.stop("lost") };
  #typingTimer: NodeJS.Timeout | undefined;
  #typingAs: string | null = null;

  constructor(context: WriteContext, run: Run, publish: (frame: ServerFrame) => void) {
    this.#context = context;
    this.#run = run;
    this.#publish = publish;
    const { id, conversation_id, attempt } = run.job;
    this.#attempt = attempt;
    const { agent_id } = run.claimed.conversation;
    this.#span = context.deps.tracing?.reply({ traceId: toTraceId(id), conversation_id, agent_id, attempt });
  }

  async write(): Promise<void> {
    const { deps, registry, options } = this.#context;
    const { job, signal, claimed } = this.#run;
    const { conversation } = claimed;
    const registered = conversation.agent_id === null ? null : await registry.find(conversation.agent_id);
    if (!registered) return this.end({ status: "failed", error_code: "AGENT_NOT_FOUND" });
    const { agent } = registered;
    this.#speaker = { id: agent.id, name: agent.name, sub_agent_id: null };
    this.#startTyping(agent.id);

    const turns = claimed.turns.map(({ role, content, sender_id, sender_name }) => ({
      role,
      content,
      name: role === "visitor" ? null : sender_name,
      sub_agent_id: role === "assistant" && sender_id !== agent.id ? sender_id : null,
    }));
    const spender: Spender = {
      agent_id: agent.id,
      visitor_id: conversation.visitor_id,
      job_id: job.id,
      limits: dayLimitsOf(agent.config),
    };
    const prompt = await this.#route(registered, turns, spender);
    const { usage } = await askModel(deps.model, { ...prompt, spender, signal, span: this.#span }, options, {
      onText: (text, isFirst) => this.#take(text, isFirst),
      onRetry: (err) => {
        this.#startTyping(agent.id);
        deps.log.info({ conversation_id: job.conversation_id, kind: err.kind }, "the model is asked again");
      },
    });
    await this.end({ status: "complete", error_code: null, usage });
  }

  async #route({ agent, subAgents, version }: RegisteredAgent, turns: Turn[], spender: Spender) {
    const { deps, options } = this.#context;
    const { locale, sub_agent_id: lastSubAgentId } = this.#run.claimed.conversation;
    const classifierModel = modelName(deps, agent.model);
    const span = this.#span?.routing();
    const route = await routeTopic(deps.model, {
      agent,
      subAgents,
      turns,
      lastSubAgentId,
      language: locale,
      classifierModel,
      timeoutMs: options.routingMs,
      spender,
      span,
      signal: this.#run.signal,
    }).catch((err: unknown) => {
      span?.end(null);
      throw err;
    });
    const { subAgent } = route;
    if (route.trace.error) {
      deps.log.warn({ agent_id: agent.id, code: route.trace.error.code, reason: route.trace.error.message }, "routing fell back");
    }
    this.#routing = route.trace.error ? "fallback" : subAgent ? "specialist" : "main";
    deps.metrics?.routings.inc({ outcome: this.#routing });
    span?.end({ outcome: this.#routing, method: route.trace.method, sub_agent_id: subAgent?.id ?? null });
    const model = modelName(deps, agent.model, subAgent?.model);
    if (subAgent) this.#speaker = { id: subAgent.id, name: subAgent.name, sub_agent_id: subAgent.id };
    this.#trace = {
      ...route.trace,
      model,
      first_token_ms: null,
      latency_ms: null,
      tokens: null,
      config_version: version,
      attempt: this.#attempt,
    };
    const prompt = buildPrompt({ agent, subAgent, turns, locale, ...options });
    return { model, ...prompt, ...tuning(subAgent?.fine_tuning_config, options.replyTokensMax) };
  }

  async #take(text: string, isFirst: boolean): Promise<void> {
    if (isFirst) await this.#begin();
    this.#stream!.append(text);
  }

  /** The first token of a try: the row appears, or the text shown so far becomes void. */
  async #begin(): Promise<void> {
    const { deps, options } = this.#context;
    const { job, signal } = this.#run;
    await this.quiet();
    const before = this.#run.messageId;
    if (this.#stream) this.#attempt++;
    this.close();
    this.#stream = null;
    if (this.#trace) {
      this.#trace.first_token_ms = Math.round(performance.now() - this.#startedAt);
      this.#trace.attempt = this.#attempt;
    }
    const message =
      before === null
        ? await startReply(deps.db, job, this.#speaker!, this.#attempt, this.#trace)
        : await restartReply(deps.db, job, before, this.#attempt);
    if (message) this.#run.messageId = message.id;
    else this.#run.stop("lost");
    // Whoever took over in this moment has already told everybody; nothing of ours may come after.
    await this.#run.checked();
    signal.throwIfAborted();
    this.#measureFirstToken(message!);
    const ids = { message_id: message!.id, conversation_id: job.conversation_id, attempt: this.#attempt };
    if (before === null) this.#publish({ type: "stream_start", ...ids, message: message! });
    else this.#publish({ type: "stream_reset", ...ids });
    this.#savedLength = 0;
    this.#stream = createReplyStream({
      ...ids,
      deltaMs: options.deltaMs,
      maySend: () => this.#run.maySpeak,
      publish: this.#publish,
    });
    this.#context.saver.add(this.#author);
  }

  /** Both times are the database's. */
  #measureFirstToken(message: Message): void {
    const asked = this.#run.claimed.turns.findLast((turn) => turn.role === "visitor");
    if (!asked || this.#attempt > 1) return;
    this.#context.deps.metrics?.firstTokenSeconds.observe(
      Math.max(0, Date.parse(message.created_at) - Date.parse(asked.created_at)) / 1000,
    );
  }

  /** What is new since the last time. */
  #draft(): Draft | null {
    const content = this.#stream?.content.toWellFormed() ?? "";
    const { messageId: message_id, job } = this.#run;
    if (message_id === null || content.length === this.#savedLength) return null;
    this.#savedLength = content.length;
    return { job, message_id, content, attempt: this.#attempt };
  }

  /** Saves all that was written, for whoever goes on. */
  async save(): Promise<void> {
    this.#savedLength = 0;
    const draft = this.#draft();
    if (draft) await saveReplies(this.#context.deps.db, [draft]);
  }

  /** Stops timers and waits for a save under way. */
  async quiet(): Promise<void> {
    this.#stopTyping();
    await this.#context.saver.remove(this.#author);
  }

  close(): void {
    this.#stream?.close();
  }

  async end({
    status,
    error_code,
    usage,
  }: Pick<ReplyEnd, "status" | "error_code"> & { usage?: TokenUsage | null }): Promise<void> {
    const { deps } = this.#context;
    const { job, messageId } = this.#run;
    await this.#run.checked();
    this.#stream?.flush();
    await this.quiet();
    if (this.#trace) {
      this.#trace.latency_ms = Math.round(performance.now() - this.#startedAt);
      this.#trace.tokens = usage ?? null;
    }
    const ended = await endReply(deps.db, job, messageId, {
      status,
      content: this.#stream?.content.toWellFormed() ?? null,
      attempt: this.#attempt,
      error_code,
      trace: this.#trace,
      speaker: this.#speaker ?? (await this.#unknownSpeaker()),
    });
    this.close();
    await this.#run.checked();
    if (ended) {
      // One that failed before it spoke has its message only now.
      this.#run.messageId ??= ended.message?.id ?? null;
      this.#report(status, error_code, usage ?? null);
    }
    if (!ended?.message) return;
    this.#run.isEnding = true;
    this.#tell(ended.message);
    this.#publish({ type: "conversation", conversation: ended.conversation });
  }

  /** Its end could not be stored time and again. */
  async abandon(): Promise<void> {
    await abandonJob(this.#context.deps.db, this.#run.job);
    this.#report("failed", "INTERNAL_ERROR", null);
  }

  /** A limit of today does not let it be answered: the conversation says so and waits for a person. */
  async refuse(): Promise<void> {
    const { deps } = this.#context;
    const { job, messageId } = this.#run;
    const content = this.#stream?.content.toWellFormed() ?? null;
    const ended = await refuseReply(deps.db, job, messageId, { content, attempt: this.#attempt });
    this.close();
    await this.#run.checked();
    if (!ended) return;
    deps.log.info({ conversation_id: job.conversation_id }, "a limit of today was reached: no reply");
    this.#report("failed", "QUOTA_EXCEEDED", null);
    this.#run.isEnding = true;
    for (const message of ended.messages) this.#tell(message);
    this.#publish({ type: "conversation", conversation: ended.conversation });
  }

  /** One event with all there is to say about a reply that has ended, but for what was asked and answered. */
  #report(status: ReplyEnd["status"], error_code: string | null, tokens: TokenUsage | null): void {
    const { log, metrics } = this.#context.deps;
    const { job, claimed, messageId } = this.#run;
    const ms = performance.now() - this.#startedAt;
    metrics?.replies.inc({ status });
    metrics?.replySeconds.observe({ status }, ms / 1000);
    this.endSpan({ status, error_code, tokens });
    log.info(
      {
        trace_id: toTraceId(job.id),
        conversation_id: job.conversation_id,
        message_id: messageId,
        agent_id: claimed.conversation.agent_id,
        sub_agent_id: this.#speaker?.sub_agent_id ?? null,
        status,
        attempt: this.#attempt,
        routing: this.#routing,
        model: this.#trace?.model ?? null,
        first_token_ms: this.#trace?.first_token_ms ?? null,
        latency_ms: Math.round(ms),
        tokens,
        error_code,
      },
      "reply",
    );
  }

  /** Unless it was ended before, with what became of the reply. */
  endSpan(outcome: Pick<ReplyOutcome, "status" | "error_code" | "tokens">): void {
    this.#span?.end({
      ...outcome,
      attempt: this.#attempt,
      message_id: this.#run.messageId,
      sub_agent_id: this.#speaker?.sub_agent_id ?? null,
      model: this.#trace?.model ?? null,
      routing: this.#routing,
    });
    this.#span = undefined;
  }

  /** A message as it is stored now, and where it was a reply, that it has ended. */
  #tell(message: Message): void {
    this.#publish({ type: "message", message });
    if (message.role !== "assistant") return;
    const { id: message_id, conversation_id, attempt, status, rev } = message;
    this.#publish({ type: "stream_end", message_id, conversation_id, attempt, length: message.content.length, status, rev });
  }

  /** Who failed before anybody was chosen: the agent under its name, when it still has one. */
  async #unknownSpeaker(): Promise<Speaker> {
    const agentId = this.#run.claimed.conversation.agent_id;
    const registered = agentId === null ? null : await this.#context.registry.find(agentId);
    return { id: agentId, name: registered?.agent.name ?? "", sub_agent_id: null };
  }

  #startTyping(agentId: string): void {
    if (this.#typingAs !== null) return;
    this.#typingAs = agentId;
    const tell = () => {
      if (this.#run.maySpeak) this.#publish(this.#typingFrame(agentId, true));
    };
    tell();
    this.#typingTimer = setInterval(tell, this.#context.options.typingMs);
  }

  #stopTyping(): void {
    clearInterval(this.#typingTimer);
    if (this.#typingAs === null) return;
    // A superseded run leaves the indicator to the one that follows at once.
    if (this.#run.stopReason !== "lost") this.#publish(this.#typingFrame(this.#typingAs, false));
    this.#typingAs = null;
  }

  #typingFrame(agentId: string, isTyping: boolean): ServerFrame {
    return {
      type: "typing",
      user_id: agentId,
      conversation_id: this.#run.job.conversation_id,
      is_typing: isTyping,
      ttl_ms: LIMITS.typingTtlMs,
    };
  }
}

/** `temperature` and `max_tokens` of a specialist's fine_tuning_config, where they are sensible numbers; never more tokens than `tokensMax`. */
export function tuning(
  config: Record<string, unknown> | undefined,
  tokensMax: number,
): { temperature?: number; tokensMax: number } {
  const temperature = config?.["temperature"];
  const wished = config?.["max_tokens"];
  return {
    ...(typeof temperature === "number" && temperature >= 0 && temperature <= 2 ? { temperature } : {}),
    tokensMax: typeof wished === "number" && Number.isInteger(wished) && wished > 0 ? Math.min(wished, tokensMax) : tokensMax,
  };
}
