import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { withOwnerSession } from "../api/db/postgres.ts";
import { createPostgresDatabase } from "../tests/support/postgres.ts";
import { describeSchema, SCHEMA_GOLDEN } from "./describe-schema.ts";

test("PostgreSQL's schema is the embedded database's, and both are supabase/schema.golden.sql", async () => {
  const schema = await withOwnerSession(await createPostgresDatabase(), describeSchema);
  expect(schema).toBe(readFileSync(SCHEMA_GOLDEN, "utf8"));
});
