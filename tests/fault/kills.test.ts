import { join } from "node:path";
import { expect, test } from "vitest";
import { openPglite, type Pglite } from "../../api/db/pglite.ts";
import { STORM_AGENT, storm } from "../support/kill-storm.ts";
import { isLong } from "../support/long.ts";
import { startOpenAiServer } from "../support/openai-server.ts";
import { startRealServer } from "../support/real-server.ts";
import { AUDIT, expectNothingLost } from "../support/reckoning.ts";

// `npm test` has one such kill in tests/kill.test.ts.
test.skipIf(!isLong)(
  "a server on its embedded database dies again and again while visitors write: nothing acknowledged is lost or doubled, every reply ends once",
  { timeout: 3_600_000 },
  async () => {
    const model = await startOpenAiServer();
    const server = await startRealServer({ OPENAI_BASE_URL: model.url, OPENAI_MODEL: "test-model" });
    try {
      const agent = await server.createPublishedAgent(STORM_AGENT);
      await server.kill("SIGTERM");
      await withDatabase(join(server.dataDir, "pglite"), async ({ session }) => session.exec(AUDIT));
      await server.start();
      const found = await storm({
        nodes: [server],
        origin: server.url,
        slug: agent.slug!,
        model,
        visitors: 8,
        kills: 100,
        freezes: 0,
        cuts: 0,
        async reckon(count) {
          await server.kill("SIGTERM");
          return withDatabase(join(server.dataDir, "pglite"), ({ session }) => count((sql) => session.query(sql)));
        },
      });
      expectNothingLost(found);
      expect(server.output()).not.toContain("UnhandledPromiseRejection");
    } finally {
      await server.remove();
      await model.stop();
    }
  },
);

/** The folder of a server that does not run, as its owner. */
async function withDatabase<T>(folder: string, use: (pglite: Pglite) => Promise<T>): Promise<T> {
  const pglite = await openPglite(folder);
  try {
    return await use(pglite);
  } finally {
    await pglite.close();
  }
}
