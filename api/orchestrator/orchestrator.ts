import type { Deps } from "../deps.ts";
import { ORCHESTRATOR_DEFAULTS, type OrchestratorOptions } from "./options.ts";
import { createRegistry, type Registry } from "./registry.ts";
import { expireLeases } from "./reply-jobs.ts";
import { createWorker } from "./worker.ts";

export interface Orchestrator {
  readonly options: Readonly<OrchestratorOptions>;
  readonly registry: Pick<Registry, "size" | "find">;
  /** True once the agents have been loaded: the process may take traffic. */
  readonly isReady: boolean;
  /** Replies being written right now. */
  readonly runningCount: number;
  /** Loads the agents and begins to write replies. Rejects when the database does not answer. */
  start(): Promise<void>;
  /** Replies being written are left to other processes, or to the next start. */
  stop(): Promise<void>;
}

export type OrchestratorDeps = Pick<Deps, "db" | "bus" | "log" | "config" | "model"> & Partial<Pick<Deps, "metrics">>;

export function createOrchestrator(deps: OrchestratorDeps, changes: Partial<OrchestratorOptions> = {}): Orchestrator {
  const options = { ...ORCHESTRATOR_DEFAULTS, ...changes };
  const registry = createRegistry(deps);
  const worker = createWorker({ deps, registry, options });
  return {
    options,
    registry,
    get isReady() {
      return registry.isReady;
    },
    get runningCount() {
      return worker.runningCount;
    },
    async start() {
      if (options.expiresLeasesAtStart ?? deps.db.kind === "pglite") await expireLeases(deps.db);
      await registry.start();
      worker.start();
    },
    async stop() {
      await worker.stop();
      await registry.stop();
    },
  };
}
