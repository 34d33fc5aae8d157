import type { Deps } from "../deps.ts";
import { NO_KEY, type ChatModel } from "../llm/model.ts";
import type { Claimant } from "../services/messages/claims.ts";
import { meterModel, type MeteredModel } from "./metered-model.ts";
import { ORCHESTRATOR_DEFAULTS, type OrchestratorOptions } from "./options.ts";
import { createRegistry, type Registry } from "./registry.ts";
import { expireLeases } from "./reply-jobs.ts";
import { createWebhookWorker } from "./webhook-worker.ts";
import { createWorker } from "./worker.ts";

export interface Orchestrator {
  readonly options: Readonly<OrchestratorOptions>;
  /** The only way to ask a model: on somebody's account. */
  readonly model: MeteredModel;
  readonly registry: Pick<Registry, "size" | "find">;
  /** Takes on replies together with the messages that ask for them. */
  readonly claimant: Claimant;
  /** True once the agents have been loaded: the process may take traffic. */
  readonly isReady: boolean;
  /** Replies being written right now. */
  readonly runningCount: number;
  /** Loads the agents and begins to write replies. Rejects when the database does not answer. */
  start(): Promise<void>;
  /** Replies being written are left to other processes, or to the next start. */
  stop(): Promise<void>;
}

type Parts = Pick<Deps, "db" | "bus" | "log" | "config"> & Partial<Pick<Deps, "metrics" | "tracing">>;
export type OrchestratorDeps = Parts & { readonly model: MeteredModel };

export function createOrchestrator(
  parts: Parts & { readonly model: ChatModel },
  changes: Partial<OrchestratorOptions> = {},
): Orchestrator {
  const { db, log, metrics, config } = parts;
  const options = { ...ORCHESTRATOR_DEFAULTS, ...changes };
  // Nobody bills for a server that asks for no key.
  const isFree = config.openai === null || config.openai.apiKey === NO_KEY;
  const model = meterModel(parts.model, { db, log, metrics, isFree });
  const deps: OrchestratorDeps = { ...parts, model };
  const registry = createRegistry(deps);
  const worker = createWorker({ deps, registry, options });
  const webhooks = createWebhookWorker({ ...parts, options });
  return {
    options,
    model,
    registry,
    claimant: worker,
    get isReady() {
      return registry.isReady;
    },
    get runningCount() {
      return worker.runningCount;
    },
    async start() {
      // The agents first: traffic waits for them.
      await registry.start();
      if (options.expiresLeasesAtStart ?? deps.db.kind === "pglite") await expireLeases(deps.db);
      worker.start();
      webhooks.start();
    },
    async stop() {
      await Promise.all([worker.stop(), webhooks.stop()]);
      await model.settled();
      await registry.stop();
    },
  };
}
