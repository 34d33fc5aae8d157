import { sql } from "kysely";
import { expect, test } from "vitest";
import { SYSTEM } from "../../api/db/actor.ts";
import type { Database } from "../../api/db/database.ts";
import { closeConversation } from "../../api/services/conversations/close-conversation.ts";
import { handBack } from "../../api/services/conversations/hand-back.ts";
import { takeOver } from "../../api/services/conversations/take-over.ts";
import { cancelReply } from "../../api/services/messages/cancel-reply.ts";
import type { ModelBehaviour } from "./openai-server.ts";
import { shownText, until, useReplies, type TestConversation } from "./replies.ts";

const LONG = Array.from({ length: 40 }, (_, index) => `word${index} `);

/** Who may write a reply, and when it ends: the same promises on every database. */
export function describeReplyOwnership(openDatabase: () => Promise<Database>): void {
  const suite = useReplies(openDatabase);
  const roles = async (conversation: TestConversation) => (await conversation.messages()).map((message) => message.role);
  const userMessages = (index: number) =>
    suite.server.replies[index]!.body.messages.filter(({ role }) => role === "user").map(({ content }) => content);
  /** A reply that streams slowly, as soon as three pieces of it were shown. */
  const streaming = async (conversation: TestConversation, behaviour: ModelBehaviour = {}) => {
    suite.server.behave(() => ({ chunks: LONG, chunkDelayMs: 25, ...behaviour }));
    await conversation.say("Tell me everything.");
    return until(() => {
      const frames = conversation.frames();
      const started = frames.find((frame) => frame.type === "stream_start");
      return frames.filter((frame) => frame.type === "delta").length >= 3 && started ? started.message_id : null;
    });
  };

  test("several quick messages get one reply that has read them all", async () => {
    await suite.start();
    const conversation = await suite.converse();
    suite.server.behave((request) =>
      suite.server.replies.indexOf(request) < 2 ? { gate: new Promise(() => {}) } : { text: "All three." },
    );
    await conversation.say("First.");
    await until(() => suite.server.replies.length === 1);
    await conversation.say("Second.");
    await until(() => suite.server.replies.length === 2);
    await conversation.say("Third.");
    const reply = await conversation.reply();
    expect(reply).toMatchObject({ status: "complete", content: "All three.", seq: 4 });
    expect(userMessages(2)).toEqual(["First.\n\nSecond.\n\nThird."]);
    await until(() => suite.server.replies[0]!.wasAborted && suite.server.replies[1]!.wasAborted);
    expect(await roles(conversation)).toEqual(["visitor", "visitor", "visitor", "assistant"]);
    expect(await conversation.jobs()).toMatchObject([{ status: "complete" }]);
  });

  test("a message that comes while a reply speaks gets a reply of its own afterwards", async () => {
    await suite.start();
    const conversation = await suite.converse();
    await streaming(conversation);
    await conversation.say("And then?");
    const first = await conversation.reply(1);
    const second = await conversation.reply(2);
    expect(first).toMatchObject({ status: "complete", content: LONG.join(""), seq: 2 });
    expect(second).toMatchObject({ status: "complete", seq: 4 });
    expect(suite.server.replies[1]!.body.messages.slice(1)).toEqual([
      { role: "user", content: "Tell me everything." },
      { role: "assistant", content: LONG.join("") },
      { role: "user", content: "And then?" },
    ]);
  });

  test("cancel stops the model and ends the reply as cancelled with what was said", async () => {
    await suite.start();
    const conversation = await suite.converse();
    const id = await streaming(conversation);
    await cancelReply(conversation.visitor, { message_id: id });
    const reply = await conversation.reply();
    expect(reply.status).toBe("cancelled");
    expect(LONG.join("").startsWith(reply.content)).toBe(true);
    expect(reply.content.length).toBeGreaterThan(0);
    await until(() => suite.server.replies[0]!.wasAborted);
    await until(() => conversation.frames().some((frame) => frame.type === "stream_end" && frame.status === "cancelled"));
    expect(await conversation.jobs()).toMatchObject([{ status: "cancelled" }]);
  });

  test("cancel before the first token leaves no message and no indicator", async () => {
    await suite.start();
    const conversation = await suite.converse();
    suite.server.behave(() => ({ gate: new Promise(() => {}) }));
    const asked = await conversation.say("Never mind.");
    await until(() => suite.server.replies.length === 1);
    await cancelReply(conversation.visitor, { message_id: asked.id });
    await until(async () => (await conversation.jobs())[0]!.status === "cancelled");
    await until(() => suite.server.replies[0]!.wasAborted);
    await until(() => conversation.frames().some((frame) => frame.type === "typing" && !frame.is_typing));
    expect(await roles(conversation)).toEqual(["visitor"]);
  });

  test("after a take-over not one more token appears, and the model is told to stop", async () => {
    await suite.start();
    const conversation = await suite.converse();
    const id = await streaming(conversation);
    await takeOver(conversation.operator, { conversation_id: conversation.id });
    const count = conversation.frames().length;
    const rows = await conversation.messages();
    expect(rows.find((row) => row.id === id)).toMatchObject({ status: "cancelled" });
    await until(() => suite.server.replies[0]!.wasAborted);
    // The worker has let go when it can take the next job of the conversation.
    await handBack(conversation.operator, { conversation_id: conversation.id });
    suite.server.behave(() => ({ text: "Back again." }));
    await conversation.say("Hello again?");
    expect(await conversation.reply(2)).toMatchObject({ status: "complete", content: "Back again." });
    const after = conversation.frames().slice(count);
    expect(after.filter((frame) => "message_id" in frame && frame.message_id === id)).toEqual([]);
    expect((await conversation.messages()).find((row) => row.id === id)).toMatchObject({
      content: rows.find((row) => row.id === id)!.content,
      rev: rows.find((row) => row.id === id)!.rev,
    });
    expect(await conversation.trace(id)).toMatchObject({ method: "no_candidates" });
  });

  test("a take-over before the first token leaves no trace of the assistant", async () => {
    const orchestrator = await suite.start();
    const conversation = await suite.converse();
    let open = () => {};
    suite.server.behave(() => ({
      gate: new Promise<void>((resolve) => (open = resolve)),
      chunks: LONG,
      chunkDelayMs: 25,
    }));
    await conversation.say("Hello?");
    await until(() => suite.server.replies.length === 1);
    const takingOver = takeOver(conversation.operator, { conversation_id: conversation.id });
    // The model begins to answer in the same moment.
    open();
    await takingOver;
    const count = conversation.frames().length;
    await until(() => orchestrator.runningCount === 0);
    expect((await conversation.messages()).filter((row) => row.role === "assistant" && row.status !== "cancelled")).toEqual([]);
    const late = conversation
      .frames()
      .slice(count)
      .filter((frame) => frame.type === "stream_start" || frame.type === "delta");
    expect(late).toEqual([]);
  });

  test.each([
    { name: "take-over", verb: takeOver },
    { name: "close", verb: closeConversation },
  ])("a $name before the first token ends the indicator at once, and no worker lights it again", async ({ verb }) => {
    const orchestrator = await suite.start({ typingMs: 5 });
    const conversation = await suite.converse();
    suite.server.behave(() => ({ gate: new Promise(() => {}) }));
    await conversation.say("Hello?");
    await until(() => suite.server.replies.length === 1);
    const typing = (from = 0) =>
      conversation
        .frames()
        .slice(from)
        .filter((frame) => frame.type === "typing");
    await until(() => typing().length >= 3);
    const { user_id } = typing()[0]!;
    await verb(conversation.operator, { conversation_id: conversation.id });
    const count = conversation.frames().length;
    expect(typing().at(-1)).toMatchObject({ user_id, conversation_id: conversation.id, is_typing: false });
    await until(() => orchestrator.runningCount === 0);
    expect(typing(count)).toEqual([]);
  });

  test("a process that stops leaves its reply to another, which begins it again", async () => {
    const first = await suite.start();
    const conversation = await suite.converse();
    const id = await streaming(conversation);
    await first.stop();
    expect(first.runningCount).toBe(0);
    const [left] = await conversation.messages().then((rows) => rows.filter((row) => row.id === id));
    expect(left!.content).not.toBe("");
    await suite.start();
    const reply = await conversation.reply();
    expect(reply).toMatchObject({ id, status: "complete", content: LONG.join(""), attempt: 2, seq: 2 });
    await until(() => conversation.frames().some((frame) => frame.type === "stream_end"));
    expect(shownText(conversation.frames(), id)).toBe(LONG.join(""));
    expect(await roles(conversation)).toEqual(["visitor", "assistant"]);
  });

  test("a process that stops before the first token puts the job back", async () => {
    const first = await suite.start();
    const conversation = await suite.converse();
    suite.server.behave(() => ({ gate: new Promise(() => {}) }));
    await conversation.say("Hello?");
    await until(() => suite.server.replies.length === 1);
    await first.stop();
    expect(await conversation.jobs()).toMatchObject([{ status: "queued", message_id: null }]);
    suite.server.behave(() => ({ text: "Here." }));
    await suite.start();
    expect(await conversation.reply()).toMatchObject({ status: "complete", content: "Here.", attempt: 1 });
  });

  test("a message that comes while the process stops waits for the next one", async () => {
    const first = await suite.start();
    const conversation = await suite.converse();
    const said = conversation.say("Hello?");
    await Promise.all([said, first.stop()]);
    expect(await conversation.jobs()).toMatchObject([{ status: "queued", message_id: null }]);
    expect(suite.server.requests).toHaveLength(0);
    await suite.start();
    expect(await conversation.reply()).toMatchObject({ status: "complete", attempt: 1 });
  });

  test("a worker whose lease ran out is replaced, and writes nothing any more", async () => {
    // To the database it is dead, although it lives and would go on.
    await suite.start({ leaseMs: 60_000, renewMs: 60_000, nextChunkMs: 60_000, concurrencyMax: 1 });
    const conversation = await suite.converse();
    const id = await streaming(conversation, { stallAfter: 10 });
    suite.server.behave(() => ({ text: "The second one finished it." }));
    await suite.world.db.as(SYSTEM, (trx) =>
      sql`update public.reply_jobs set lease_until = clock_timestamp() - interval '1 millisecond'
           where conversation_id = ${conversation.id}::uuid`.execute(trx),
    );
    await suite.start();
    const reply = await conversation.reply();
    expect(reply).toMatchObject({ id, status: "complete", content: "The second one finished it.", attempt: 2 });
    await until(() => conversation.frames().some((frame) => frame.type === "stream_end"));
    expect(shownText(conversation.frames(), id)).toBe(reply.content);
    // Its model call ends one way or the other; the row stays.
    await until(() => suite.server.replies[0]!.wasAborted);
    expect(await conversation.messages()).toMatchObject([{ seq: 1 }, { id, rev: reply.rev, content: reply.content }]);
    expect(conversation.frames().filter((frame) => frame.type === "stream_end")).toHaveLength(1);
  });

  test("a reply that kills every process that tries it ends as a visible failure", async () => {
    const conversation = await suite.converse();
    await conversation.say("Hello?");
    await suite.world.db.as(SYSTEM, (trx) =>
      sql`update public.reply_jobs set status = 'running', attempt = 8, lease_until = clock_timestamp() - interval '1 second'
           where conversation_id = ${conversation.id}::uuid`.execute(trx),
    );
    await suite.start({ attemptsMax: 8 });
    expect(await conversation.reply()).toMatchObject({ status: "failed", error_code: "MODEL_UNAVAILABLE", sender_name: "Main" });
    expect(suite.server.requests).toHaveLength(0);
  });

  test("one that cannot even be ended in words stops coming back", async () => {
    const conversation = await suite.converse();
    await conversation.say("Hello?");
    await suite.world.db.as(SYSTEM, (trx) =>
      sql`update public.reply_jobs set status = 'running', attempt = 16, lease_until = clock_timestamp() - interval '1 second'
           where conversation_id = ${conversation.id}::uuid`.execute(trx),
    );
    await suite.start({ attemptsMax: 8 });
    await until(async () => (await conversation.jobs())[0]!.status === "failed");
    expect(suite.server.requests).toHaveLength(0);
  });

  test("a conversation that closes in mid-answer keeps what was said, and the model stops", async () => {
    await suite.start();
    const conversation = await suite.converse();
    const id = await streaming(conversation);
    await closeConversation(conversation.operator, { conversation_id: conversation.id });
    await until(() => suite.server.replies[0]!.wasAborted);
    expect((await conversation.messages()).find((row) => row.id === id)).toMatchObject({ status: "cancelled" });
    expect(await conversation.jobs()).toMatchObject([{ status: "cancelled" }]);
  });

  test("a paused agent's visitor sees that nobody answers, instead of nothing", async () => {
    const agent = await suite.world.createAgent();
    const conversation = await suite.world.createConversation(agent);
    await conversation.say("Hello?");
    await suite.world.db.as(SYSTEM, (trx) =>
      trx.updateTable("agents").set({ status: "inactive" }).where("id", "=", agent.id).execute(),
    );
    await suite.start();
    expect(await conversation.reply()).toMatchObject({ status: "failed", content: "", error_code: "AGENT_NOT_FOUND" });
  });

  test("two processes share the work, and every conversation gets exactly one reply", async () => {
    await suite.start();
    await suite.start();
    const agent = await suite.world.createAgent();
    suite.server.behave(() => ({ text: "Yes.", chunkDelayMs: 5 }));
    const conversations = await Promise.all(Array.from({ length: 12 }, () => suite.world.createConversation(agent)));
    await Promise.all(conversations.map((conversation) => conversation.say("Hello?")));
    for (const conversation of conversations) {
      expect(await conversation.reply()).toMatchObject({ status: "complete", content: "Yes." });
    }
    for (const conversation of conversations) {
      expect(await roles(conversation)).toEqual(["visitor", "assistant"]);
      expect(await conversation.jobs()).toMatchObject([{ status: "complete", attempt: 1 }]);
    }
    expect(suite.server.replies).toHaveLength(12);
  });
}
