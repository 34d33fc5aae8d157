import { join } from "node:path";
import { CompiledQuery } from "kysely";
import { expect, test } from "vitest";
import { openPglite } from "../../api/db/pglite.ts";
import { storm } from "../support/kill-storm.ts";
import { isLong } from "../support/long.ts";
import { startOpenAiServer } from "../support/openai-server.ts";
import { startRealServer } from "../support/real-server.ts";
import { AUDIT, expectNothingLost } from "../support/reckoning.ts";

test(
  "a server on its embedded database dies again and again while visitors write: nothing acknowledged is lost or doubled, every reply ends once",
  { timeout: 3_600_000 },
  async () => {
    const model = await startOpenAiServer();
    const server = await startRealServer({ OPENAI_BASE_URL: model.url, OPENAI_MODEL: "test-model" });
    try {
      const agent = await server.createPublishedAgent({ name: "Aria" });
      await server.kill("SIGTERM");
      await withDatabase(join(server.dataDir, "pglite"), async ({ session }) => session.exec(AUDIT));
      await server.start();
      const found = await storm({
        nodes: [server],
        origin: server.url,
        slug: agent.slug!,
        model,
        visitors: 8,
        kills: isLong ? 100 : 2,
        freezes: 0,
        async reckon(count) {
          await server.kill("SIGTERM");
          return withDatabase(join(server.dataDir, "pglite"), ({ session }) => count((sql) => session.query(sql)));
        },
      });
      expectNothingLost(found);
      expect(server.output()).not.toContain("ERR_UNHANDLED");
    } finally {
      await server.remove();
      await model.stop();
    }
  },
);
