import type { RoutingTrace } from "../../protocol/resources.ts";
import type { Deps } from "../deps.ts";
import { AppError } from "../errors.ts";
import { ModelError } from "../llm/model.ts";
import { askModel } from "./ask-model.ts";
import { modelName } from "./model-name.ts";
import { buildPrompt, type Turn } from "./prompt.ts";
import { configVersion, type AgentFacts, type SubAgentFacts } from "./registry.ts";
import { routeTopic, type Route } from "./route-topic.ts";
import { dayLimitsOf } from "../services/limits/day-limits.ts";
import type { Spender } from "../services/limits/reserve-call.ts";
import { tuning } from "./write-reply.ts";

export interface SandboxInput {
  /** Drafts allowed. */
  agent: AgentFacts;
  /** All of the agent's; inactive ones are left out here. */
  subAgents: readonly SubAgentFacts[];
  message: string;
  history?: readonly { role: "visitor" | "assistant"; content: string }[] | undefined;
}
type SandboxDeps = Pick<Deps, "config" | "log"> & { readonly orchestrator: Pick<Deps["orchestrator"], "options" | "model"> };

/** One reply as a visitor would get it; nothing is stored. Throws MODEL_UNAVAILABLE, QUOTA_EXCEEDED (the agent's). */
export async function sandboxReply(deps: SandboxDeps, input: SandboxInput): Promise<{ reply: string; trace: RoutingTrace }> {
  const startedAt = performance.now();
  const { options, model } = deps.orchestrator;
  const { agent } = input;
  const { turns, route, trace } = await decide(deps, input);
  const { subAgent } = route;
  const prompt = buildPrompt({ agent, subAgent, turns, locale: null, ...options });
  let reply = "";
  try {
    const { usage } = await askModel(
      model,
      {
        ...prompt,
        ...tuning(subAgent?.fine_tuning_config, options.replyTokensMax),
        model: trace.model,
        spender: spenderOf(agent),
        signal: AbortSignal.timeout(options.replyMs),
      },
      options,
      {
        onText(text, isFirst) {
          if (isFirst) {
            reply = "";
            trace.first_token_ms = Math.round(performance.now() - startedAt);
          }
          reply += text;
        },
      },
    );
    trace.tokens = usage;
  } catch (err) {
    if (err instanceof ModelError)
      deps.log.warn({ agent_id: agent.id, kind: err.kind, reason: err.message }, "the model gave no reply");
    else if ((err as Error).name !== "TimeoutError") throw err;
    const why = err instanceof ModelError ? err.message : "It took too long.";
    throw new AppError("MODEL_UNAVAILABLE", `The language model gave no answer. ${why} Please try again.`);
  }
  trace.latency_ms = Math.round(performance.now() - startedAt);
  return { reply: reply.toWellFormed(), trace };
}

/** Which specialist would answer, and why. What goes wrong stands in the trace, but for QUOTA_EXCEEDED (the agent's), which is thrown. */
export async function testRoute(deps: SandboxDeps, input: SandboxInput): Promise<RoutingTrace> {
  return (await decide(deps, input)).trace;
}

async function decide(deps: SandboxDeps, input: SandboxInput): Promise<{ turns: Turn[]; route: Route; trace: RoutingTrace }> {
  const { options, model } = deps.orchestrator;
  const { agent, message, history = [] } = input;
  const subAgents = input.subAgents.filter((subAgent) => subAgent.is_active);
  const turns: Turn[] = [...history, { role: "visitor" as const, content: message }].map((turn) => ({
    ...turn,
    name: turn.role === "assistant" ? agent.name : null,
    sub_agent_id: null,
  }));
  const route = await routeTopic(model, {
    agent,
    subAgents,
    turns,
    lastSubAgentId: null,
    language: null,
    classifierModel: modelName({ ...deps, model }, agent.model),
    timeoutMs: options.routingMs,
    spender: spenderOf(agent),
    signal: new AbortController().signal,
  });
  const trace: RoutingTrace = {
    ...route.trace,
    model: modelName({ ...deps, model }, agent.model, route.subAgent?.model),
    first_token_ms: null,
    latency_ms: null,
    tokens: null,
    config_version: configVersion(agent, subAgents),
    attempt: 1,
  };
  return { turns, route, trace };
}

/** Trying something out costs the agent as much as a visitor does, and is no reply to one. */
const spenderOf = ({ id, config }: AgentFacts): Spender => ({
  agent_id: id,
  visitor_id: null,
  job_id: null,
  limits: dayLimitsOf(config),
});
