import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openPostgresTestDatabase } from "../../tests/support/postgres.ts";
import { createReplyWorld, until, type TestConversation } from "../../tests/support/replies.ts";
import { SYSTEM } from "../db/actor.ts";
import type { Database } from "../db/database.ts";
import { createScriptedModel } from "../llm/scripted.ts";
import { abandonJob, claimJobs, deleteEndedJobs } from "./reply-jobs.ts";

let db: Database;
beforeAll(async () => {
  db = await openPostgresTestDatabase();
});
afterAll(() => db.close());

async function asked(): Promise<TestConversation> {
  const world = createReplyWorld(db);
  const conversation = await world.createConversation(await world.createAgent());
  await conversation.say("Hello?");
  return conversation;
}

test("an abandoned job waits for whoever holds the conversation, and neither is a deadlock", async () => {
  const conversation = await asked();
  const [claimed] = await claimJobs(db, crypto.randomUUID(), 1, 60_000);
  const held = Promise.withResolvers<void>();
  // Another worker, on a connection of its own.
  const abandoning = held.promise.then(() => abandonJob(db, claimed!.job));
  await db.as(SYSTEM, async (trx) => {
    await trx.selectFrom("conversations").select("id").where("id", "=", conversation.id).forUpdate().execute();
    held.resolve();
    await until(async () => (await sql`select from pg_locks where not granted`.execute(trx)).rows.length > 0);
    await trx.updateTable("reply_jobs").set({ up_to_seq: 2 }).where("id", "=", claimed!.job.id).execute();
  });
  await abandoning;
  expect(await conversation.jobs()).toMatchObject([{ status: "failed" }]);
});

test("jobs that ended long ago go, a number at a time; others stay", async () => {
  const conversations = [await asked(), await asked(), await asked(), await asked()];
  const [first, second, recent, waiting] = conversations as [
    TestConversation,
    TestConversation,
    TestConversation,
    TestConversation,
  ];
  await db.as(SYSTEM, async (trx) => {
    const set = (of: TestConversation, status: string, days: number) =>
      sql`update public.reply_jobs set status = ${status}, updated_at = now() - ${days}::integer * interval '1 day'
           where conversation_id = ${of.id}::uuid`.execute(trx);
    await set(first, "complete", 8);
    await set(second, "failed", 400);
    await set(recent, "cancelled", 6);
    await set(waiting, "queued", 30);
  });
  const WEEK_MS = 7 * 24 * 3_600_000;
  expect([
    await deleteEndedJobs(db, WEEK_MS, 1),
    await deleteEndedJobs(db, WEEK_MS, 10),
    await deleteEndedJobs(db, WEEK_MS, 10),
  ]).toEqual([1, 1, 0]);
  const left = await Promise.all(conversations.map((conversation) => conversation.jobs()));
  expect(left.map((jobs) => jobs.map(({ status }) => status))).toEqual([[], [], ["cancelled"], ["queued"]]);
});

test("a worker cleans soon after its start", async () => {
  const conversation = await asked();
  await db.as(SYSTEM, (trx) =>
    sql`update public.reply_jobs set status = 'complete', updated_at = now() - interval '8 days' where conversation_id = ${conversation.id}::uuid`.execute(
      trx,
    ),
  );
  const orchestrator = createReplyWorld(db).orchestrator(createScriptedModel(), { cleanFirstMs: 0 });
  await orchestrator.start();
  await until(async () => (await conversation.jobs()).length === 0);
  await orchestrator.stop();
});
