import { apiConnectionString, openPostgres } from "../../api/db/postgres.ts";
import type { Limits } from "../../api/deps.ts";
import { createPostgresDatabase, TEST_JWT_SECRET } from "./postgres.ts";
import { startTestServer, type TestServer } from "./server.ts";

export interface NodesOptions {
  count: number;
  /** null: LISTEN and NOTIFY. */
  redisUrl?: string | null;
  /** Leads the buses, and nothing else, through something that can fail. */
  busUrl?: (url: string, node: number) => string;
  limits?: Partial<Limits>;
  environment?: Record<string, string>;
}

/** Servers of one installation in this process, on one PostgreSQL database. The first of them is empty of anything but its administrator. */
export async function startNodes({ count, redisUrl = null, busUrl = (url) => url, limits, environment }: NodesOptions): Promise<{
  nodes: TestServer[];
  databaseUrl: string;
  stop(): Promise<void>;
}> {
  const databaseUrl = await createPostgresDatabase();
  const nodes: TestServer[] = [];
  for (let index = 0; index < count; index++) {
    nodes.push(
      await startTestServer({
        db: openPostgres(apiConnectionString(databaseUrl, TEST_JWT_SECRET), 5, () => {}),
        environment: {
          JWT_SECRET: TEST_JWT_SECRET,
          // The pool is given; this one is the bus'.
          DATABASE_URL: redisUrl === null ? busUrl(databaseUrl, index) : databaseUrl,
          ...(redisUrl === null ? {} : { REDIS_URL: busUrl(redisUrl, index) }),
          ...environment,
        },
        limits,
      }),
    );
  }
  return {
    nodes,
    databaseUrl,
    async stop() {
      for (const node of nodes) await node.stop();
    },
  };
}
