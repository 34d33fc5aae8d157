import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { OpenLink } from "../../client/link.ts";
import { startBalancer, type Balancer } from "../support/balancer.ts";
import { STORM_AGENT, storm } from "../support/kill-storm.ts";
import { lastMessageLink } from "../support/last-message-link.ts";
import { isLong } from "../support/long.ts";
import { startOpenAiServer, type OpenAiServer } from "../support/openai-server.ts";
import { createPostgresDatabase, TEST_JWT_SECRET } from "../support/postgres.ts";
import { startRealServer, type RealServer } from "../support/real-server.ts";
import { AUDIT, expectNothingLost, type Reckoning } from "../support/reckoning.ts";

const HOUR_MS = 3_600_000;
const CUTS = 20;
let model: OpenAiServer;
let nodes: RealServer[] = [];
let balancer: Balancer | null = null;
let owner: pg.Client;

beforeAll(async () => {
  model = await startOpenAiServer();
});
afterAll(() => model.stop());
afterEach(async () => {
  await balancer?.stop();
  balancer = null;
  for (const node of nodes.splice(0)) await node.remove();
  await owner?.end();
});

interface Run {
  nodes: number;
  kills: number;
  freezes: number;
  cuts: number;
  sql?: string;
  link?: () => OpenLink;
  finishMsMax?: number;
}

/** Nodes on a database of their own, in which `sql` was run by its owner. */
async function run(options: Run): Promise<Reckoning> {
  const url = await createPostgresDatabase();
  owner = new pg.Client({ connectionString: url });
  await owner.connect();
  await owner.query(AUDIT + (options.sql ?? ""));
  const environment = { DATABASE_URL: url, JWT_SECRET: TEST_JWT_SECRET, OPENAI_BASE_URL: model.url, OPENAI_MODEL: "test-model" };
  for (let index = 0; index < options.nodes; index++) nodes.push(await startRealServer(environment));
  if (nodes.length > 1) balancer = await startBalancer(nodes.map((node) => node.url));
  // Long enough to lose messages, and acknowledgements, on their way.
  if (options.cuts > 0) balancer!.set({ latencyMs: 150 });
  const agent = await nodes[0]!.createPublishedAgent(STORM_AGENT);
  return storm({
    ...options,
    nodes,
    origin: balancer?.url ?? nodes[0]!.url,
    slug: agent.slug!,
    model,
    visitors: 8,
    cut: () => balancer!.reset(),
    reckon: (count) => count(async (sql) => (await owner.query(sql)).rows),
  });
}

describe("while visitors write and replies stream", () => {
  // `npm test` has one such kill in tests/kill.pg.test.ts.
  test.skipIf(!isLong)(
    "the one node dies again and again: nothing acknowledged is lost, nothing doubled, every reply ends once",
    { timeout: HOUR_MS },
    async () => {
      expectNothingLost(await run({ nodes: 1, kills: 100, freezes: 0, cuts: 0 }));
    },
  );

  test("one of two nodes dies, or freezes and comes back, again and again: the same", { timeout: HOUR_MS }, async () => {
    expectNothingLost(await run({ nodes: 2, kills: isLong ? 100 : 1, freezes: isLong ? 5 : 1, cuts: 0 }));
  });

  test.runIf(isLong)("everybody loses the connection, again and again: the same", { timeout: HOUR_MS }, async () => {
    expectNothingLost(await run({ nodes: 2, kills: 0, freezes: 0, cuts: CUTS }));
  });
});

describe("the runs above would notice", () => {
  // The fence is taken away in this database alone: who froze writes on.
  test.runIf(isLong)("that there is no fence: replies are doubled", { timeout: HOUR_MS }, async () => {
    const found = await run({
      nodes: 2,
      kills: 0,
      freezes: 5,
      cuts: 0,
      sql: `
        create function public.test_keep_fence() returns trigger language plpgsql as $$
        begin
          new.fence := old.fence;
          return new;
        end $$;
        create trigger test_keep_fence before update on public.reply_jobs for each row execute function public.test_keep_fence();`,
    });
    expect(found.doubled + found.endedTwice + found.garbled).toBeGreaterThan(0);
    expect(() => expectNothingLost(found)).toThrow();
  });

  test.runIf(isLong)(
    "that the last message is the cursor: what changed before it is never heard of",
    { timeout: HOUR_MS },
    async () => {
      const found = await run({ nodes: 2, kills: 0, freezes: 0, cuts: CUTS, link: lastMessageLink, finishMsMax: 15_000 });
      expect(found.unlike).toBeGreaterThan(0);
    },
  );

  // In this database alone, the id of a message is forgotten as soon as it is stored.
  test.runIf(isLong)("that a client_message_id is not known again: messages are doubled", { timeout: HOUR_MS }, async () => {
    const found = await run({
      nodes: 2,
      kills: 0,
      freezes: 0,
      cuts: CUTS,
      sql: `
        create function public.test_forget_id() returns trigger language plpgsql security definer set search_path = '' as $$
        begin
          update public.messages set client_message_id = null where id = new.id;
          return null;
        end $$;
        create trigger test_forget_id after insert on public.messages for each row
          when (new.client_message_id is not null) execute function public.test_forget_id();`,
    });
    expect(found.duplicated).toBeGreaterThan(0);
  });
});
