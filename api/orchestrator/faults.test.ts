import { describe, expect, test } from "vitest";
import { openDefaultDatabase } from "../../tests/support/default-database.ts";
import type { ModelBehaviour } from "../../tests/support/openai-server.ts";
import { shownText, until, useReplies } from "../../tests/support/replies.ts";

const suite = useReplies(openDefaultDatabase);

/** The first behaviours in turn, then a healthy server. */
function inTurn(...behaviours: ModelBehaviour[]) {
  suite.server.behave((request) => {
    const index = suite.server.replies.indexOf(request);
    return behaviours[index] ?? { text: "All is well again." };
  });
}

describe("a model that fails once", () => {
  const faults: [string, ModelBehaviour][] = [
    ["says 500", { status: 500 }],
    ["says 429", { status: 429, retryAfter: "0" }],
    ["says 503", { status: 503 }],
    ["hangs up before the first byte", { dropAfter: 0 }],
    ["answers nothing", { chunks: [] }],
    ["answers blanks", { chunks: [" ", "\n"] }],
    ["answers no JSON", { isGarbled: true, chunks: [""] }],
    ["never answers", { gate: new Promise(() => {}) }],
    ["goes silent after the headers", { stallAfter: 0 }],
  ];
  test.each(faults)("%s: the visitor gets the answer of the next try", async (_, fault) => {
    await suite.start({ firstChunkMs: 200, nextChunkMs: 200 });
    const conversation = await suite.converse();
    inTurn(fault);
    await conversation.say("Hello?");
    const reply = await conversation.reply();
    expect(reply).toMatchObject({ status: "complete", content: "All is well again.", error_code: null, seq: 2 });
    expect(suite.server.replies).toHaveLength(2);
    expect(shownText(conversation.frames(), reply.id)).toBe(reply.content);
  });

  test("talks on and on, a little at a time: the time for one whole reply ends it visibly, and the model is told to stop", async () => {
    await suite.start({ replyMs: 3000, nextChunkMs: 60_000, triesBudgetMs: 100 });
    const conversation = await suite.converse();
    suite.server.behave(() => ({ chunks: Array.from({ length: 1000 }, (_, index) => ` ${index}`), chunkDelayMs: 20 }));
    await conversation.say("Hello?");
    const reply = await conversation.reply();
    expect(reply).toMatchObject({ status: "failed", error_code: "MODEL_UNAVAILABLE", attempt: 1 });
    expect(reply.content).toMatch(/^0 1 2/);
    expect(suite.server.replies).toMatchObject([{ wasAborted: true }]);
  });

  const cuts: [string, ModelBehaviour][] = [
    ["breaks off", { chunks: ["Half of", " an answer"], dropAfter: 2 }],
    ["ends without its finish", { chunks: ["Half of", " an answer"], endAfter: 2 }],
    ["goes silent in the middle", { chunks: ["Half of", " an answer"], stallAfter: 2 }],
    ["becomes garbled", { chunks: ["Half of", " an answer"], isGarbled: true }],
  ];
  test.each(cuts)("%s after text was shown: the text starts again as another attempt of the same message", async (_, fault) => {
    await suite.start({ nextChunkMs: 200 });
    const conversation = await suite.converse();
    inTurn(fault);
    await conversation.say("Hello?");
    const reply = await conversation.reply();
    expect(reply).toMatchObject({ status: "complete", content: "All is well again.", attempt: 2, seq: 2 });
    const frames = conversation.frames();
    const stream = frames.filter((frame) => frame.type.startsWith("stream_")).map((frame) => frame.type);
    expect(stream).toEqual(["stream_start", "stream_reset", "stream_end"]);
    expect(frames.find((frame) => frame.type === "stream_reset")).toMatchObject({ message_id: reply.id, attempt: 2 });
    expect(shownText(frames, reply.id)).toBe(reply.content);
    expect((await conversation.messages()).map((message) => message.role)).toEqual(["visitor", "assistant"]);
    expect(await conversation.trace(reply.id)).toMatchObject({ attempt: 2 });
  });

  test("Retry-After is waited for", async () => {
    await suite.start();
    const conversation = await suite.converse();
    inTurn({ status: 429, retryAfter: "1" });
    await conversation.say("Hello?");
    await conversation.reply();
    const [first, second] = suite.server.replies;
    expect(second!.at - first!.at).toBeGreaterThanOrEqual(990);
  });
});

describe("a model that keeps failing", () => {
  test("ends in a visible failure without text, and Retry brings the answer", async () => {
    await suite.start();
    const conversation = await suite.converse();
    suite.server.behave(() => ({ status: 500 }));
    await conversation.say("Hello?");
    const failed = await conversation.reply(1);
    expect(failed).toMatchObject({ status: "failed", content: "", error_code: "MODEL_UNAVAILABLE", sender_name: "Main" });
    expect(suite.server.replies).toHaveLength(3);
    await until(() => conversation.frames().some((frame) => frame.type === "stream_end"));
    expect(conversation.frames().find((frame) => frame.type === "stream_end")).toMatchObject({ status: "failed", length: 0 });
    expect(conversation.frames().findLast((frame) => frame.type === "typing")).toMatchObject({ is_typing: false });
    expect(await conversation.jobs()).toMatchObject([{ status: "failed" }]);

    suite.server.behave(() => ({ text: "Here I am." }));
    const { retryReply } = await import("../services/messages/retry-reply.ts");
    await retryReply(conversation.visitor, { message_id: failed.id });
    expect(await conversation.reply(2)).toMatchObject({ status: "complete", content: "Here I am." });
    const asked = suite.server.replies.at(-1)!.body.messages;
    expect(asked.filter(({ role }) => role !== "system")).toEqual([{ role: "user", content: "Hello?" }]);
  });

  test("keeps the text that was shown", async () => {
    await suite.start();
    const conversation = await suite.converse();
    suite.server.behave(() => ({ chunks: ["Half of", " it"], dropAfter: 2 }));
    await conversation.say("Hello?");
    const reply = await conversation.reply();
    expect(reply).toMatchObject({ status: "failed", content: "Half of it", error_code: "MODEL_UNAVAILABLE", attempt: 3 });
    await until(() => conversation.frames().some((frame) => frame.type === "stream_end"));
    expect(shownText(conversation.frames(), reply.id)).toBe("Half of it");
  });

  test.each([
    ["a key it does not accept", { status: 401 }],
    ["a model it does not know", { status: 404 }],
    ["an account that is used up", { status: 429, error: { code: "insufficient_quota" } }],
  ])("%s is not asked twice", async (_, fault) => {
    await suite.start();
    const conversation = await suite.converse();
    suite.server.behave(() => fault);
    await conversation.say("Hello?");
    expect(await conversation.reply()).toMatchObject({ status: "failed", error_code: "MODEL_UNAVAILABLE" });
    expect(suite.server.replies).toHaveLength(1);
  });

  test("a Retry-After beyond the budget fails at once instead of leaving the visitor waiting", async () => {
    await suite.start({ triesBudgetMs: 2000 });
    const conversation = await suite.converse();
    suite.server.behave(() => ({ status: 429, retryAfter: "3600" }));
    await conversation.say("Hello?");
    expect(await conversation.reply()).toMatchObject({ status: "failed" });
    expect(suite.server.replies).toHaveLength(1);
  });
});

describe("servers with less", () => {
  test("one that refuses stream_options is asked without them from then on", async () => {
    await suite.start();
    const conversation = await suite.converse();
    suite.server.behave(() => ({ refusesStreamOptions: true }));
    await conversation.say("One");
    expect(await conversation.reply(1)).toMatchObject({ status: "complete" });
    await conversation.say("Two");
    expect(await conversation.reply(2)).toMatchObject({ status: "complete" });
    expect(suite.server.replies.map(({ body }) => body.stream_options !== undefined)).toEqual([true, false, false]);
  });

  test("an endless answer is cut at the limit", async () => {
    await suite.start({ contentCharsMax: 50 });
    const conversation = await suite.converse();
    suite.server.behave(() => ({ chunks: Array.from({ length: 1000 }, () => "0123456789"), chunkDelayMs: 1 }));
    await conversation.say("Hello?");
    expect((await conversation.reply()).content).toBe("0123456789".repeat(5));
    await until(() => suite.server.replies[0]!.wasAborted);
  });

  test("emoji split between pieces, U+0000 and lone surrogates arrive whole or replaced, never break the reply", async () => {
    await suite.start();
    const conversation = await suite.converse();
    suite.server.behave(() => ({ chunks: ["a\u0000b \ud83d", "\ude00 ", "\ud800", "end"], chunkDelayMs: 60 }));
    await conversation.say("Hello?");
    const reply = await conversation.reply();
    expect(reply).toMatchObject({ status: "complete", content: "ab 😀 \ufffdend" });
  });
});
