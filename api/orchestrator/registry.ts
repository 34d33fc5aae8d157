import { createHash } from "node:crypto";
import type { Selectable } from "kysely";
import { SYSTEM } from "../db/actor.ts";
import type { Trx } from "../db/database.ts";
import type { AgentsTable, SubAgentsTable } from "../db/types.ts";
import type { Deps } from "../deps.ts";

/** What a reply needs of an agent; rows of either origin fit. */
export type AgentFacts = Pick<
  Selectable<AgentsTable>,
  "id" | "client_id" | "name" | "description" | "model" | "system_prompt" | "config"
>;
export type SubAgentFacts = Pick<
  Selectable<SubAgentsTable>,
  "id" | "name" | "description" | "topics" | "system_prompt" | "model" | "is_active" | "knowledge_base" | "fine_tuning_config"
>;

/** One agent with its active specialists, oldest first, as they stood together at one moment. */
export interface RegisteredAgent {
  agent: AgentFacts;
  subAgents: readonly SubAgentFacts[];
  /** Changes whenever anything a reply depends on changes. */
  version: string;
}

export interface Registry {
  /** True once a snapshot has been loaded. */
  readonly isReady: boolean;
  readonly size: number;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The active agent as of the newest change this process has heard of; null when it is not active. */
  find(agentId: string): Promise<RegisteredAgent | null>;
}

/** Twelve hex digits over everything a reply depends on. */
export function configVersion(agent: AgentFacts, subAgents: readonly SubAgentFacts[]): string {
  const facts = [
    [agent.id, agent.name, agent.description, agent.model, agent.system_prompt, agent.config],
    ...subAgents.map((sub) => [
      sub.id,
      sub.name,
      sub.description,
      sub.topics,
      sub.system_prompt,
      sub.model,
      sub.knowledge_base,
      sub.fine_tuning_config,
    ]),
  ];
  return createHash("sha256").update(JSON.stringify(facts)).digest("hex").slice(0, 12);
}

async function loadAgents(trx: Trx, agentId: string | null): Promise<Map<string, RegisteredAgent>> {
  const agents = await trx
    .selectFrom("agents")
    .select(["id", "client_id", "name", "description", "model", "system_prompt", "config"])
    .where("status", "=", "active")
    .$if(agentId !== null, (query) => query.where("id", "=", agentId!))
    .execute();
  const subAgents = await trx
    .selectFrom("sub_agents")
    .innerJoin("agents", "agents.id", "sub_agents.agent_id")
    .select([
      "sub_agents.agent_id",
      "sub_agents.id",
      "sub_agents.name",
      "sub_agents.description",
      "sub_agents.topics",
      "sub_agents.system_prompt",
      "sub_agents.model",
      "sub_agents.is_active",
      "sub_agents.knowledge_base",
      "sub_agents.fine_tuning_config",
    ])
    .where("agents.status", "=", "active")
    .where("sub_agents.is_active", "=", true)
    .$if(agentId !== null, (query) => query.where("agents.id", "=", agentId!))
    .orderBy("sub_agents.created_at")
    .orderBy("sub_agents.id")
    .execute();
  const byAgent = Map.groupBy(subAgents, (sub) => sub.agent_id);
  return new Map(
    agents.map((agent) => {
      const own = byAgent.get(agent.id) ?? [];
      return [agent.id, { agent, subAgents: own, version: configVersion(agent, own) }];
    }),
  );
}

/** Keeps active agents in memory: reloaded whole every `REGISTRY_SYNC_SECONDS`, and one agent at once when it changes. */
export function createRegistry({ db, bus, log, config }: Pick<Deps, "db" | "bus" | "log" | "config">): Registry {
  let snapshot = new Map<string, RegisteredAgent>();
  let isReady = false;
  let isStopped = false;
  let tail: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let stopListening = () => {};

  // One load after another: an older answer must never replace a newer one.
  const load = (agentId: string | null): Promise<boolean> => {
    const loading = tail.then(async () => {
      if (isStopped) return false;
      try {
        const loaded = await db.as(SYSTEM, (trx) => loadAgents(trx, agentId));
        if (agentId === null) {
          snapshot = loaded;
          isReady = true;
        } else {
          const found = loaded.get(agentId);
          if (found) snapshot.set(agentId, found);
          else snapshot.delete(agentId);
        }
        return true;
      } catch (err) {
        log.error({ err: errorName(err), agent_id: agentId }, "the agents could not be reloaded; the former ones stay in use");
        return false;
      }
    });
    tail = loading;
    return loading;
  };
  const schedule = (ms: number) => {
    if (isStopped) return;
    timer = setTimeout(() => void load(null).then((isLoaded) => schedule(nextDelay(isLoaded))), ms);
    timer.unref();
  };
  const nextDelay = (isLoaded: boolean) => Math.min(isLoaded ? Infinity : 5000, config.registrySyncSeconds * 1000);

  return {
    get isReady() {
      return isReady;
    },
    get size() {
      return snapshot.size;
    },
    async start() {
      stopListening = bus.subscribe((event) => {
        if (event.topic !== "registry") return;
        void load(event.agent_id).then((isLoaded) => {
          if (isLoaded || isStopped) return;
          clearTimeout(timer);
          schedule(nextDelay(false));
        });
      });
      schedule(nextDelay(await load(null)));
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      stopListening();
      await tail;
    },
    async find(agentId) {
      await tail;
      // An agent published a moment ago on another node may be ahead of its notification.
      if (!snapshot.has(agentId)) await load(agentId);
      return snapshot.get(agentId) ?? null;
    },
  };
}

/** The error's name and SQL state: messages of database errors may quote row values. */
function errorName(err: unknown): string {
  const code = (err as { code?: unknown } | null)?.code;
  return `${(err as Error | null)?.name ?? "Error"}${typeof code === "string" ? ` ${code}` : ""}`;
}
