import type { Logger } from "pino";
import type { Bus } from "./bus/bus.ts";
import type { LinkedBusOptions } from "./bus/linked.ts";
import { createMemoryBus } from "./bus/memory.ts";
import { createPostgresBus } from "./bus/postgres.ts";
import type { Config } from "./config.ts";
import type { Counters } from "./counters/counters.ts";
import { createMemoryCounters } from "./counters/memory.ts";
import { createPostgresCounters } from "./counters/postgres.ts";
import type { Database } from "./db/database.ts";
import { missingMigrations } from "./db/missing-migrations.ts";
import { openDatabase } from "./db/open.ts";
import { SERVER_LIMITS } from "./limits.ts";
import { createDiskPictures } from "./files/disk.ts";
import type { PictureStore } from "./files/pictures.ts";
import { createSupabasePictures } from "./files/supabase.ts";
import { createScriptedModel } from "./llm/scripted.ts";
import type { OrchestratorOptions } from "./orchestrator/options.ts";
import { createOrchestrator, type Orchestrator } from "./orchestrator/orchestrator.ts";
import { apiConnectionString } from "./db/postgres.ts";
import { createMetrics, type Metrics } from "./lib/metrics.ts";
import { createReadiness, type Readiness } from "./lib/readiness.ts";
import { createAuthState, type AuthState } from "./services/auth/auth-state.ts";
import { createPostQueue, type PostQueue } from "./services/messages/post-queue.ts";
import type { Tracing } from "./tracing/tracing.ts";
import { createHub, type Hub } from "./ws/hub.ts";
import { createMessageLimits, type MessageLimits } from "./ws/message-limits.ts";

/** The parts that live as long as the process. */
export interface Deps {
  readonly config: Config;
  readonly log: Logger;
  readonly db: Database;
  readonly bus: Bus;
  readonly auth: AuthState;
  readonly hub: Hub;
  readonly posts: PostQueue;
  readonly limits: Limits;
  readonly counters: Counters;
  readonly messageLimits: MessageLimits;
  readonly pictures: PictureStore;
  readonly metrics: Metrics;
  /** null: no collector is named, and nothing of it is loaded. */
  readonly tracing: Tracing | null;
  readonly readiness: Readiness;
  readonly orchestrator: Orchestrator;
}
export type Limits = { readonly [Name in keyof typeof SERVER_LIMITS]: number };

/**
 * Composition root: the only place that names concrete adapters. Those that bring a large library along are loaded where the
 * configuration asks for them: `redis` and `openai` take as long to load as half of the server, `@opentelemetry` nearly as long.
 */
export async function createDeps(
  config: Config,
  log: Logger,
  options: { limits?: Partial<Limits>; db?: Database; orchestrator?: Partial<OrchestratorOptions> } = {},
): Promise<Deps & { close(): Promise<void> }> {
  const db = options.db ?? (await openDatabase(config, log));
  const limits: Limits = { ...SERVER_LIMITS, ...options.limits };
  const metrics = createMetrics({ withProcess: true });
  const onEcho = (seconds: number) => metrics.busLagSeconds.observe(seconds);
  const bus = await openBus(config, log, { positionMs: limits.busPositionMs, onEcho }).catch(async (err: unknown) => {
    await db.close();
    throw err;
  });
  const counters = await openCounters(config, db, log).catch(async (err: unknown) => {
    await bus.close();
    await db.close();
    throw err;
  });
  const readiness = createReadiness();
  readiness.add("database", () => db.ping().then(() => true));
  readiness.add("migrations", async () => (await missingMigrations(db)).length === 0);
  // What is missed meanwhile is read from the database.
  readiness.add("bus", () => bus.isLinked, { isNeeded: false });
  const hub = createHub({ db, bus, log, limits, metrics });
  const model = config.openai ? (await import("./llm/openai.ts")).createOpenAiModel(config.openai) : createScriptedModel();
  const tracing = await openTracing(config, log);
  const orchestrator = createOrchestrator({ db, bus, log, config, model, metrics, tracing }, options.orchestrator);
  const posts = createPostQueue(db, {
    waitingMax: limits.waitingMessagesMax,
    claimant: orchestrator.claimant,
    onCommit(count, seconds) {
      metrics.commitMessages.observe(count);
      metrics.commitSeconds.observe(seconds);
    },
  });
  metrics.measure("repliesRunning", () => orchestrator.runningCount);
  readiness.add("registry", () => orchestrator.isReady);
  return {
    config,
    log,
    db,
    bus,
    orchestrator,
    auth: createAuthState({ config, bus, counters, metrics }),
    hub,
    posts,
    limits,
    counters,
    pictures: config.supabase
      ? createSupabasePictures(config.supabase)
      : createDiskPictures(config.dataDir, () => config.publicUrl),
    messageLimits: createMessageLimits(counters, limits, metrics),
    metrics,
    tracing,
    readiness,
    async close() {
      const flushed = tracing?.close();
      metrics.close();
      hub.stop();
      await counters.close();
      await bus.close();
      await db.close();
      await flushed;
    },
  };
}

async function openBus(config: Config, log: Logger, options: LinkedBusOptions): Promise<Bus> {
  if (config.redisUrl) {
    const { createRedisBus } = await import("./bus/redis.ts");
    return createRedisBus(config.redisUrl, config.jwtSecret, log, options);
  }
  if (config.databaseUrl) return createPostgresBus(apiConnectionString(config.databaseUrl, config.jwtSecret), log, options);
  return createMemoryBus();
}

async function openTracing({ isTraced, publicUrl, openai }: Config, log: Logger): Promise<Tracing | null> {
  if (!isTraced) return null;
  const { createOtlpTracing } = await import("./tracing/otlp.ts");
  return createOtlpTracing({ log, publicUrl, modelUrl: openai?.baseUrl ?? null });
}

async function openCounters(config: Config, db: Database, log: Logger): Promise<Counters> {
  if (config.redisUrl) {
    const { createRedisCounters } = await import("./counters/redis.ts");
    return createRedisCounters(config.redisUrl, config.jwtSecret, log);
  }
  // The embedded database has one process.
  return db.kind === "postgres" ? createPostgresCounters(db, config.jwtSecret, log) : createMemoryCounters();
}
