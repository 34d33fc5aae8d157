import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startBalancer, type Balancer } from "../support/balancer.ts";
import { storm } from "../support/kill-storm.ts";
import { isLong } from "../support/long.ts";
import { startOpenAiServer, type OpenAiServer } from "../support/openai-server.ts";
import { createPostgresDatabase, TEST_JWT_SECRET } from "../support/postgres.ts";
import { startRealServer, type RealServer } from "../support/real-server.ts";
import { AUDIT, expectNothingLost, type Reckoning } from "../support/reckoning.ts";

const HOUR_MS = 3_600_000;
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

/** Nodes on a database of their own, in which `sql` was run by its owner. */
async function run(options: { nodes: number; kills: number; freezes: number; sql?: string }): Promise<Reckoning> {
  const url = await createPostgresDatabase();
  owner = new pg.Client({ connectionString: url });
  await owner.connect();
  await owner.query(AUDIT + (options.sql ?? ""));
  const environment = { DATABASE_URL: url, JWT_SECRET: TEST_JWT_SECRET, OPENAI_BASE_URL: model.url, OPENAI_MODEL: "test-model" };
  for (let index = 0; index < options.nodes; index++) nodes.push(await startRealServer(environment));
  if (nodes.length > 1) balancer = await startBalancer(nodes.map((node) => node.url));
  const agent = await nodes[0]!.createPublishedAgent({ name: "Aria" });
  return storm({
    ...options,
    nodes,
    origin: balancer?.url ?? nodes[0]!.url,
    slug: agent.slug!,
    model,
    visitors: 8,
    reckon: (count) => count(async (sql) => (await owner.query(sql)).rows),
  });
}

describe("while visitors write and replies stream", () => {
  // `npm test` has one such kill in tests/kill.pg.test.ts.
  test.skipIf(!isLong)(
    "the one node dies again and again: nothing acknowledged is lost, nothing doubled, every reply ends once",
    { timeout: HOUR_MS },
    async () => {
      expectNothingLost(await run({ nodes: 1, kills: 100, freezes: 0 }));
    },
  );

  test("one of two nodes dies, or freezes and comes back, again and again: the same", { timeout: HOUR_MS }, async () => {
    expectNothingLost(await run({ nodes: 2, kills: isLong ? 100 : 1, freezes: isLong ? 5 : 1 }));
  });

  // The same run with the fence taken away, in this database alone: who froze writes on.
  test.runIf(isLong)("without the fence, replies are doubled: the run above would notice", { timeout: HOUR_MS }, async () => {
    const found = await run({
      nodes: 2,
      kills: 0,
      freezes: 5,
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
});
