import { test } from "vitest";
import { killMidReply } from "./support/kill-scenario.ts";
import { createPostgresDatabase, TEST_JWT_SECRET } from "./support/postgres.ts";

test("a server killed in mid-reply keeps what it acknowledged and replies once: PostgreSQL", { timeout: 120_000 }, async () =>
  killMidReply({ DATABASE_URL: await createPostgresDatabase(), JWT_SECRET: TEST_JWT_SECRET }),
);
