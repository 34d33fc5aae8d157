import fc from "fast-check";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { SYSTEM } from "../../api/db/actor.ts";
import type { Database } from "../../api/db/database.ts";
import type { ChatModel } from "../../api/llm/model.ts";
import type { ServerFrame } from "../../protocol/frames.ts";
import { takeOver } from "../../api/services/conversations/take-over.ts";
import { cancelReply } from "../../api/services/messages/cancel-reply.ts";
import { shownText, until, useReplies, type TestConversation } from "./replies.ts";

const WORDS = Array.from({ length: 12 }, (_, index) => `w${index} `);

/** Answers with the number of the visitor's messages it was given, word by word, at a pace that the run's seed decides. */
function pacedModel(paces: readonly number[]): ChatModel {
  let calls = 0;
  return {
    provider: "test",
    async *stream({ messages, signal }) {
      const paceMs = paces[calls++ % paces.length]!;
      const asked = messages.filter(({ role }) => role === "user").flatMap(({ content }) => content.match(/q\d+/g) ?? []);
      for (const text of [`${asked.join(",")}: `, ...WORDS]) {
        await sleep(paceMs, undefined, { signal });
        yield { type: "text", text };
      }
    },
    complete: async () => ({ text: "none", usage: null }),
  };
}

type Step = { do: "say" | "expire" | "cancel" | "take over"; waitMs: number };
const steps = fc.array(
  fc.record<Step>({
    do: fc.oneof(
      { weight: 6, arbitrary: fc.constant("expire" as const) },
      { weight: 3, arbitrary: fc.constant("say" as const) },
      { weight: 1, arbitrary: fc.constant("cancel" as const) },
      { weight: 1, arbitrary: fc.constant("take over" as const) },
    ),
    waitMs: fc.integer({ min: 0, max: 40 }),
  }),
  { minLength: 3, maxLength: 14 },
);

/**
 * Two workers that both live fight over the same replies, because their leases run out at arbitrary moments: whatever the
 * interleaving, every reply ends once, and nobody sees lost or doubled text.
 */
export function describeFencing(openDatabase: () => Promise<Database>, runs: number): void {
  const suite = useReplies(openDatabase);

  const expireAll = (conversation: TestConversation) =>
    suite.world.db.as(SYSTEM, (trx) =>
      sql`update public.reply_jobs set lease_until = clock_timestamp() - interval '1 millisecond'
           where conversation_id = ${conversation.id}::uuid and status = 'running'`.execute(trx),
    );

  test("two workers with leases that run out: exactly one end, no lost or doubled text", async () => {
    const paces = fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(steps, paces, async (plan, pace) => {
        const model = pacedModel(pace);
        const options = { pollMs: 5, renewMs: 60_000, leaseMs: 20_000, saveMs: 10, deltaMs: 2, attemptsMax: 1000 };
        const workers = [await suite.start(options, model), await suite.start(options, model)];
        const conversation = await suite.converse();
        let asked = 0;
        let isTaken = false;
        const say = async () => void (await conversation.say(`q${++asked}`));
        await say();
        for (const step of plan) {
          await sleep(step.waitMs);
          if (step.do === "expire") await expireAll(conversation);
          else if (step.do === "say") await say();
          else if (step.do === "take over" && !isTaken) {
            isTaken = true;
            await takeOver(conversation.operator, { conversation_id: conversation.id });
          } else if (step.do === "cancel") {
            const reply = (await conversation.messages()).find((message) => message.status === "streaming");
            if (reply) await cancelReply(conversation.visitor, { message_id: reply.id });
          }
        }
        await until(async () => (await conversation.jobs()).every(({ status }) => status !== "queued" && status !== "running"));
        await until(() => workers.every((worker) => worker.runningCount === 0));
        await Promise.all(workers.map((worker) => worker.stop()));

        const rows = await conversation.messages();
        const frames = conversation.frames();
        expect(rows.map((row) => row.seq)).toEqual(rows.map((_, index) => index + 1));
        for (const row of rows.filter(({ role }) => role === "assistant")) {
          expect(row.status).not.toBe("streaming");
          expect(frames.filter((frame) => frame.type === "stream_end" && frame.message_id === row.id)).toHaveLength(1);
          const heard = admitted(frames, row.id);
          if (row.status === "complete") {
            expect(row.content).toMatch(/^q1[q\d,]*: w0 w1 w2 w3 w4 w5 w6 w7 w8 w9 w10 w11 $/);
            expect(shownText(heard, row.id)).toBe(row.content);
          } else expect("cancelled").toBe(row.status);
        }
        // The last word is a reply that has read every question, unless somebody stopped it.
        const stopped = isTaken || rows.some(({ status }) => status === "cancelled");
        if (!stopped) {
          const all = Array.from({ length: asked }, (_, index) => `q${index + 1}`).join(",");
          expect(rows.at(-1)).toMatchObject({ role: "assistant", status: "complete" });
          expect(rows.at(-1)!.content.startsWith(`${all}: `)).toBe(true);
        }
      }),
      { numRuns: runs, endOnFailure: true },
    );
  }, 120_000);
}

/** What the hub lets through: nothing after the end, nothing of an older attempt. */
function admitted(frames: readonly ServerFrame[], messageId: string): ServerFrame[] {
  const end = frames.findIndex((frame) => frame.type === "stream_end" && frame.message_id === messageId);
  return frames.slice(0, end);
}
