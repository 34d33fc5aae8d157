import { afterAll, beforeAll, expect, test } from "vitest";
import pg from "pg";
import type { Agent } from "../../protocol/resources.ts";
import { startBalancer, type Balancer } from "../support/balancer.ts";
import { startBusyVisitors } from "../support/busy-visitors.ts";
import { startOpenAiServer, type OpenAiServer } from "../support/openai-server.ts";
import { createPostgresDatabase, TEST_JWT_SECRET } from "../support/postgres.ts";
import { startRealServer, type RealServer } from "../support/real-server.ts";
import { AUDIT, expectNothingLost, reckon } from "../support/reckoning.ts";

const ANSWER = Array.from({ length: 50 }, (_, index) => `word${index + 1}`).join(" ");
const VISITORS = 16;

let model: OpenAiServer;
let nodes: [RealServer, RealServer];
let balancer: Balancer;
let owner: pg.Client;
let agent: Agent;

beforeAll(async () => {
  model = await startOpenAiServer();
  model.behave(() => ({ text: ANSWER, chunkDelayMs: 40 }));
  const url = await createPostgresDatabase();
  owner = new pg.Client({ connectionString: url });
  await owner.connect();
  await owner.query(AUDIT);
  const environment = {
    DATABASE_URL: url,
    JWT_SECRET: TEST_JWT_SECRET,
    OPENAI_BASE_URL: model.url,
    OPENAI_MODEL: "test-model",
  };
  nodes = [await startRealServer(environment), await startRealServer(environment)];
  balancer = await startBalancer(nodes.map(({ url: origin }) => origin));
  agent = await nodes[0].createPublishedAgent({ name: "Aria" });
});
afterAll(async () => {
  await balancer?.stop();
  for (const node of nodes ?? []) await node.remove();
  await owner?.end();
  await model?.stop();
});

test(
  "a rolling restart under load loses nothing; replies go on elsewhere at once, and nobody comes back all at once",
  { timeout: 180_000 },
  async () => {
    let sessions = 0;
    const visitors = await startBusyVisitors({
      count: VISITORS,
      origin: balancer.url,
      slug: agent.slug!,
      // Each node counts the sessions of an address by itself.
      createSession: () => nodes[sessions++ % 2]!.createSession(agent.slug!),
      pauseMs: 1500,
    });
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const waits: number[] = [];
    const spreads: number[] = [];
    for (const node of nodes) {
      const at = performance.now();
      const under = model.replies.filter(({ overAt }) => overAt === null);
      const stopped = node.kill("SIGTERM");
      // It is not ready, and still answers, while its sockets go.
      let status = 200;
      while (status === 200) status = await fetch(`${node.url}/readyz`).then((res) => res.status);
      expect(status).toBe(503);
      await stopped;
      expect(performance.now() - at).toBeLessThan(8000);
      await new Promise((resolve) => setTimeout(resolve, 4000));
      // The same question was asked again by the other node.
      for (const request of under.filter(({ wasAborted }) => wasAborted)) {
        const again = model.replies.find((other) => other.at > at && continues(other, request));
        waits.push((again?.at ?? Infinity) - at);
      }
      const back = visitors.tabs.flatMap(({ connectedAt }) => connectedAt.filter((time) => time > at)).toSorted((a, b) => a - b);
      spreads.push(back.at(-1)! - back[0]!);
      // This machine may be busy for a moment; a server that sends all away at once has them all back at once.
      expect(mostWithin(back, 100)).toBeLessThan(back.length);
      await node.start();
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    await visitors.finish(60_000);
    const found = await reckon(
      async (sql) => (await owner.query(sql)).rows,
      visitors,
      (text) => text === ANSWER,
    );
    process.stdout.write(
      `rolling restart: ${JSON.stringify(found)}; ${waits.length} replies went on after ${waits
        .toSorted((a, b) => a - b)
        .map(Math.round)
        .join(", ")} ms; ` + `sockets came back over ${spreads.map(Math.round).join(" and ")} ms\n`,
    );
    visitors.close();
    expectNothingLost(found);
    expect(waits.length).toBeGreaterThan(0);
    // A lease that has to run out takes five; the rest is how busy this machine is.
    expect(Math.max(...waits)).toBeLessThan(3000);
    for (const spread of spreads) expect(spread).toBeGreaterThan(500);
  },
);

interface Asked {
  body: { messages: { role: string; content: string }[] };
}
/** Asks the same, or the same and what was written meanwhile. */
function continues(later: Asked, earlier: Asked): boolean {
  const text = ({ body }: Asked) =>
    body.messages
      .filter(({ role }) => role !== "system")
      .map(({ content }) => content)
      .join("\n");
  return text(later).startsWith(text(earlier));
}

function mostWithin(times: readonly number[], ms: number): number {
  return Math.max(0, ...times.map((time) => times.filter((other) => other >= time && other < time + ms).length));
}
