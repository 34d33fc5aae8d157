import { sql, type RawBuilder } from "kysely";
import { describe, expect, test } from "vitest";
import { openPostgresTestDatabase } from "../../../tests/support/postgres.ts";
import { startTestServer } from "../../../tests/support/server.ts";
import { SYSTEM } from "../../db/actor.ts";
import type { Database } from "../../db/database.ts";
import { retentionCases } from "./sweep-conversations.cases.ts";
import { sweepConversations } from "./sweep-conversations.ts";

describe("on PostgreSQL", () => retentionCases(openPostgresTestDatabase));

/** Runs `work` while another transaction has done `statement` and not ended. */
async function during(db: Database, statement: RawBuilder<unknown>, work: () => Promise<void>): Promise<void> {
  const begun = Promise.withResolvers<void>();
  const done = Promise.withResolvers<void>();
  const other = db.as(SYSTEM, async (trx) => {
    await statement.execute(trx);
    begun.resolve();
    await done.promise;
  });
  await Promise.race([begun.promise, other]);
  try {
    await work();
  } finally {
    done.resolve();
    await other;
  }
}

test("what somebody writes into at this moment is left, nobody waits, and nodes do not sweep at once", async () => {
  const db = await openPostgresTestDatabase();
  const server = await startTestServer({ db });
  try {
    const agent = await server.createPublishedAgent({ config: { retention_days: 1 } });
    const [busy] = [await server.createSession(agent.slug), await server.createSession(agent.slug)];
    const setOld = sql`update public.conversations set created_at = now() - interval '2 days', last_message_at = null`;
    await db.as(SYSTEM, (trx) => setOld.execute(trx));
    const write = sql`update public.conversations set last_message_at = now() where id = ${busy.conversation_id}::uuid`;
    await during(db, write, async () => {
      expect(await sweepConversations(server.deps)).toEqual({ conversations: 1, visitors: 1 });
    });
    expect((await server.call("GET", `/conversations/${busy.conversation_id}`)).status).toBe(200);

    await db.as(SYSTEM, (trx) => setOld.execute(trx));
    await during(db, sql`select pg_advisory_xact_lock(7236872::bigint)`, async () => {
      expect(await sweepConversations(server.deps), "another node is at it").toEqual({ conversations: 0, visitors: 0 });
    });
    const both = await Promise.all([sweepConversations(server.deps), sweepConversations(server.deps)]);
    expect(both.reduce((sum, { conversations }) => sum + conversations, 0)).toBe(1);
  } finally {
    await server.stop();
  }
});
