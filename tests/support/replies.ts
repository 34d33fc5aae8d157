import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { createMemoryBus } from "../../api/bus/memory.ts";
import type { Bus, BusEvent } from "../../api/bus/bus.ts";
import type { Config } from "../../api/config.ts";
import { SYSTEM, type UserActor, type VisitorActor } from "../../api/db/actor.ts";
import type { Database } from "../../api/db/database.ts";
import type { ChatModel } from "../../api/llm/model.ts";
import { createOpenAiModel } from "../../api/llm/openai.ts";
import type { OrchestratorOptions } from "../../api/orchestrator/options.ts";
import { createOrchestrator, type Orchestrator } from "../../api/orchestrator/orchestrator.ts";
import type { ServiceContext } from "../../api/services/context.ts";
import type { Claimant } from "../../api/services/messages/claims.ts";
import { createPostQueue } from "../../api/services/messages/post-queue.ts";
import { postMessage } from "../../api/services/messages/post-message.ts";
import type { ServerFrame } from "../../protocol/frames.ts";
import type { Message, RoutingTrace } from "../../protocol/resources.ts";
import { startOpenAiServer, type OpenAiServer } from "./openai-server.ts";

/** Times short enough for tests; the lease stays long enough for a busy machine. */
export const QUICK: Partial<OrchestratorOptions> = {
  pollMs: 50,
  renewMs: 300,
  retryDelayMs: 20,
  triesBudgetMs: 10_000,
  firstChunkMs: 3000,
  nextChunkMs: 3000,
  saveMs: 50,
  stopMs: 5000,
};

export interface SubAgentSeed {
  name: string;
  topics: string[];
  system_prompt?: string;
  description?: string;
  model?: string;
  knowledge_base?: Record<string, unknown>;
  is_active?: boolean;
}

/** Agents, visitors and the verbs of the real services on one database, and everything its bus says. */
export interface ReplyWorld {
  readonly db: Database;
  readonly bus: Bus;
  readonly config: Config;
  readonly events: BusEvent[];
  createAgent(seed?: { model?: string; subAgents?: SubAgentSeed[]; [column: string]: unknown }): Promise<TestAgent>;
  createConversation(agent: TestAgent): Promise<TestConversation>;
  /** Not started. It has to be stopped by the test. */
  orchestrator(model: ChatModel, options?: Partial<OrchestratorOptions>): Orchestrator;
}
export interface TestAgent {
  id: string;
  client_id: string;
  subAgents: { id: string; name: string }[];
}
export interface TestConversation {
  readonly id: string;
  readonly visitor: ServiceContext<VisitorActor>;
  readonly operator: ServiceContext<UserActor>;
  say(content: string): Promise<Message>;
  messages(): Promise<Message[]>;
  /** Frames of this conversation so far. */
  frames(): ServerFrame[];
  /** The reply number `n` once it has ended. */
  reply(n?: number): Promise<Message>;
  trace(messageId: string): Promise<RoutingTrace>;
  jobs(): Promise<{ id: string; status: string; attempt: number; fence: number; message_id: string | null }[]>;
  subAgentId(): Promise<string | null>;
}

/** Waits until `read` gives something; the test's own time-out is the limit. */
export async function until<T>(read: () => Promise<T | null | undefined | false> | T | null | undefined | false): Promise<T> {
  for (;;) {
    const value = await read();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export function createReplyWorld(db: Database, changes: Partial<Config> = {}): ReplyWorld {
  const bus = createMemoryBus();
  const orchestrators: Orchestrator[] = [];
  const claimant: Claimant = {
    offer() {
      for (const { claimant: one } of orchestrators) {
        const offer = one.offer();
        if (offer) return offer;
      }
      return null;
    },
  };
  const posts = createPostQueue(db, { waitingMax: 1000, claimant });
  const log = pino({ level: "silent" });
  const config = { openai: null, defaultModel: "test-model", registrySyncSeconds: 60, ...changes } as Config;
  const events: BusEvent[] = [];
  bus.subscribe((event) => events.push(event));
  let clientId: string | null = null;

  return {
    db,
    bus,
    config,
    events,
    orchestrator(model, options) {
      const created = createOrchestrator({ db, bus, log, config, model }, { ...QUICK, expiresLeasesAtStart: false, ...options });
      orchestrators.push(created);
      return created;
    },
    async createAgent({ subAgents = [], ...columns } = {}) {
      const agent = await db.as(SYSTEM, async (trx) => {
        clientId ??= (await trx.insertInto("clients").values({ name: "Shop" }).returning("id").executeTakeFirstOrThrow()).id;
        const row = await trx
          .insertInto("agents")
          .values({
            client_id: clientId,
            name: "Main",
            slug: randomUUID(),
            system_prompt: "You are the main agent.",
            status: "active",
            ...columns,
          })
          .returning(["id", "client_id"])
          .executeTakeFirstOrThrow();
        const subs: TestAgent["subAgents"] = [];
        for (const seed of subAgents) {
          const { knowledge_base = {}, system_prompt = `You are the specialist ${seed.name}.`, ...rest } = seed;
          const sub = await trx
            .insertInto("sub_agents")
            .values({
              agent_id: row.id,
              system_prompt,
              knowledge_base: JSON.stringify(knowledge_base),
              created_at: sql<string>`clock_timestamp()`,
              ...rest,
            })
            .returning(["id", "name"])
            .executeTakeFirstOrThrow();
          subs.push(sub);
        }
        return { ...row, subAgents: subs };
      });
      bus.publish({ topic: "registry", agent_id: agent.id });
      return agent;
    },
    async createConversation({ id: agent_id, client_id }) {
      const { visitor_id, id, operator_id } = await db.as(SYSTEM, async (trx) => {
        const visitor = await trx
          .insertInto("visitors")
          .values({ agent_id, client_id })
          .returning("id")
          .executeTakeFirstOrThrow();
        const conversation = await trx
          .insertInto("conversations")
          .values({ agent_id, client_id, visitor_id: visitor.id })
          .returning("id")
          .executeTakeFirstOrThrow();
        const user = await trx
          .insertInto("auth.users")
          .values({ email: `${randomUUID()}@example.test` })
          .returning("id")
          .executeTakeFirstOrThrow();
        await trx.insertInto("profiles").values({ id: user.id, role: "client", client_id, name: "Ana" }).execute();
        return { visitor_id: visitor.id, id: conversation.id, operator_id: user.id };
      });
      const visitor = {
        actor: { kind: "visitor", visitor_id, agent_id, client_id },
        db,
        bus,
        posts,
        log,
        config,
      } as ServiceContext<VisitorActor>;
      const actor: UserActor = {
        kind: "user",
        user_id: operator_id,
        role: "client",
        client_id,
        email: "ana@example.test",
        name: "Ana",
        session_id: null,
      };
      const rows = () =>
        db.as(SYSTEM, (trx) => trx.selectFrom("messages").selectAll().where("conversation_id", "=", id).orderBy("seq").execute());
      return {
        id,
        visitor,
        operator: { ...visitor, actor },
        say: async (content) => (await postMessage(visitor, { conversation_id: id, content })).message,
        messages: async () => (await rows()) as unknown as Message[],
        frames: () => events.flatMap((event) => (event.topic === "frame" && event.conversation_id === id ? [event.frame] : [])),
        reply: (n = 1) =>
          until(async () => {
            const reply = (await rows()).filter((row) => row.role === "assistant")[n - 1];
            return reply && reply.status !== "streaming" ? (reply as unknown as Message) : null;
          }),
        trace: async (messageId) => {
          const row = await db.as(SYSTEM, (trx) =>
            trx.selectFrom("message_traces").select("trace").where("message_id", "=", messageId).executeTakeFirstOrThrow(),
          );
          return row.trace as unknown as RoutingTrace;
        },
        jobs: () =>
          db.as(SYSTEM, (trx) =>
            trx
              .selectFrom("reply_jobs")
              .select(["id", "status", "attempt", "fence", "message_id"])
              .where("conversation_id", "=", id)
              .orderBy("created_at")
              .execute(),
          ),
        subAgentId: async () =>
          (
            await db.as(SYSTEM, (trx) =>
              trx.selectFrom("conversations").select("sub_agent_id").where("id", "=", id).executeTakeFirstOrThrow(),
            )
          ).sub_agent_id,
      };
    },
  };
}

/** What a renus.v1 client shows of one reply after these frames: its text, from deltas alone. */
export function shownText(frames: readonly ServerFrame[], messageId: string): string {
  let text = "";
  let attempt = -1;
  for (const frame of frames) {
    if (!("message_id" in frame) || frame.message_id !== messageId || !("attempt" in frame)) continue;
    if (frame.attempt < attempt) continue;
    if (frame.type === "stream_start" || frame.type === "stream_reset") {
      attempt = frame.attempt;
      text = "";
    } else if (frame.type === "delta") {
      if (frame.from !== text.length)
        throw new Error(`A delta starts at ${frame.from}, but ${text.length} characters are shown.`);
      text += frame.text;
    }
  }
  return text;
}

/** World, model server and orchestrators of a test file; everything is stopped after each test. */
export function useReplies(openDatabase: () => Promise<Database>) {
  let db: Database;
  let world: ReplyWorld;
  let server: OpenAiServer;
  const running: Orchestrator[] = [];
  beforeAll(async () => {
    db = await openDatabase();
  });
  afterAll(() => db.close());
  beforeEach(async () => {
    server = await startOpenAiServer();
    world = createReplyWorld(db, { openai: { apiKey: "the-key", baseUrl: server.url } });
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((orchestrator) => orchestrator.stop()));
    await server.stop();
  });
  return {
    get world() {
      return world;
    },
    get server() {
      return server;
    },
    /** A running orchestrator that asks the server, or the given model. */
    async start(options: Partial<OrchestratorOptions> = {}, model?: ChatModel): Promise<Orchestrator> {
      const orchestrator = world.orchestrator(model ?? createOpenAiModel({ apiKey: "the-key", baseUrl: server.url }), options);
      running.push(orchestrator);
      await orchestrator.start();
      return orchestrator;
    },
    /** A conversation of an agent with these specialists. */
    converse: async (...subAgents: SubAgentSeed[]) => world.createConversation(await world.createAgent({ subAgents })),
  };
}
