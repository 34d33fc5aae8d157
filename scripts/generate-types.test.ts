import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openTestDatabase } from "../tests/support/database.ts";
import { ownerQuery } from "../tests/support/owner.ts";
import { describeSchema, SCHEMA_GOLDEN } from "./describe-schema.ts";
import { generateTypes } from "./generate-types.ts";

test("api/db/types.ts and supabase/schema.golden.sql are what the migrations make; `npm run generate` renews them", async () => {
  const db = await openTestDatabase();
  const session = { query: (sqlText: string) => ownerQuery(db, sqlText), exec: () => Promise.reject(new Error("not used")) };
  expect(readFileSync(new URL("../api/db/types.ts", import.meta.url), "utf8")).toBe(await generateTypes(session));
  expect(readFileSync(SCHEMA_GOLDEN, "utf8")).toBe(await describeSchema(session));
  await db.close();
});
