import { afterAll } from "vitest";
import { createPostgresDatabase, sharedPostgres } from "../../tests/support/postgres.ts";
import { accessCases } from "./access.cases.ts";
import type { SqlSession } from "./migrate.ts";
import { withOwnerSession } from "./postgres.ts";

let release = () => {};
let closed: Promise<void>;
afterAll(async () => {
  release();
  await closed;
});

accessCases(async () => {
  const name = new URL(await createPostgresDatabase()).pathname.slice(1);
  const url = (await sharedPostgres()).superUrl(name);
  return new Promise<SqlSession>((resolve, reject) => {
    const held = new Promise<void>((done) => (release = done));
    closed = withOwnerSession(url, (session) => {
      resolve(session);
      return held;
    });
    closed.catch(reject);
  });
});
