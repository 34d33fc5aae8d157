import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ServerFrame } from "../protocol/frames.ts";
import type { Message } from "../protocol/resources.ts";
import { acknowledge, applyFrame, emptyConversation, type ConversationState } from "./conversation.ts";

const CONVERSATION = "00000000-0000-4000-8000-000000000001";
const SELF = "visitor";

function message(seq: number, rev: number, more: Partial<Message> = {}): Message {
  return {
    id: `m${seq}`,
    conversation_id: CONVERSATION,
    seq,
    rev,
    role: seq % 2 ? "visitor" : "assistant",
    content: `text ${seq}.${rev}`,
    status: "complete",
    sender: { kind: seq % 2 ? "visitor" : "assistant", id: null, name: null },
    attempt: 0,
    client_message_id: seq % 2 ? `c${seq}` : null,
    reply_to: null,
    error_code: null,
    feedback: null,
    created_at: "2026-01-01T00:00:00.000Z",
    updated_at: "2026-01-01T00:00:00.000Z",
    ...more,
  };
}
const asFrame = (one: Message): ServerFrame => ({ type: "message", message: one });
const start = (one: Message): ServerFrame => ({
  type: "stream_start",
  message_id: one.id,
  conversation_id: one.conversation_id,
  attempt: one.attempt,
  message: one,
});
const delta = (id: string, attempt: number, from: number, text: string): ServerFrame => ({
  type: "delta",
  message_id: id,
  conversation_id: CONVERSATION,
  attempt,
  from,
  text,
});
function sync(messages: Message[], topRev: number, more: { has_more?: boolean; reset?: boolean } = {}): ServerFrame {
  return {
    type: "sync_data",
    messages,
    conversations: [{ id: CONVERSATION, top_rev: topRev, has_more: false, reset: false, ...more }],
    epoch: "e",
  };
}
const run = (state: ConversationState, ...frames: ServerFrame[]) =>
  frames.reduce((s, frame) => applyFrame(s, frame, SELF), state);
const empty = emptyConversation(CONVERSATION);

describe("messages", () => {
  test("stand in the server's order, once, whatever the order of arrival", () => {
    const state = run(empty, asFrame(message(2, 2)), asFrame(message(1, 1)), asFrame(message(2, 2)));
    expect(state.messages.map((one) => one.seq)).toEqual([1, 2]);
  });
  test("an older revision never overwrites a newer one", () => {
    const state = run(empty, asFrame(message(1, 5)), asFrame(message(1, 1)));
    expect(state.messages[0]!.content).toBe("text 1.5");
  });
  test("a hole in seq asks for a sync from before the hole", () => {
    const state = run(empty, asFrame(message(1, 1)), asFrame(message(3, 3)));
    expect(state.needsSync).toBe(true);
    expect(state.cursor).toBe(1);
    const healed = run(state, sync([message(2, 2), message(3, 3)], 3));
    expect(healed.needsSync).toBe(false);
    expect(healed.cursor).toBe(3);
  });
  test("an acknowledgement turns the outbox's words into a message, the echo changes nothing", () => {
    const sent = {
      type: "message_sent",
      client_message_id: "c1",
      message_id: "m1",
      conversation_id: CONVERSATION,
      seq: 1,
      rev: 1,
      created_at: "x",
      duplicate: false,
    } as const;
    const state = acknowledge(empty, sent, "hello", SELF);
    expect(state.messages[0]).toMatchObject({ content: "hello", seq: 1, client_message_id: "c1" });
    expect(acknowledge(state, { ...sent, duplicate: true }, "hello", SELF)).toBe(state);
    expect(run(state, asFrame(message(1, 1))).messages).toHaveLength(1);
  });
  test("other conversations' frames are somebody else's", () => {
    const foreign = message(1, 1, { conversation_id: "other" });
    expect(run(empty, asFrame(foreign), start(foreign))).toBe(empty);
  });
});

describe("sync", () => {
  test("a full page moves the cursor to what it carries and asks for more", () => {
    const state = run(empty, sync([message(1, 1), message(2, 2)], 40, { has_more: true }));
    expect([state.cursor, state.needsSync]).toEqual([2, true]);
  });
  test("reset replaces what was known", () => {
    const state = run(empty, sync([message(1, 1), message(2, 2)], 2), sync([message(1, 9)], 9, { reset: true }));
    expect(state.messages.map((one) => one.content)).toEqual(["text 1.9"]);
  });
  test("the newest page is a starting point; older pages are not", () => {
    const page = (messages: Message[], before: number, hasMore: boolean, topRev: number): ServerFrame => ({
      ...(sync(messages, topRev) as Extract<ServerFrame, { type: "sync_data" }>),
      history: { conversation_id: CONVERSATION, before_seq: before, has_more: hasMore },
    });
    const state = run(empty, page([message(5, 7), message(6, 9)], 99, true, 9));
    expect([state.cursor, state.hasOlder, state.needsSync]).toEqual([9, true, false]);
    const older = run(state, page([message(3, 3), message(4, 4)], 5, false, 12));
    expect(older.messages.map((one) => one.seq)).toEqual([3, 4, 5, 6]);
    expect([older.cursor, older.hasOlder]).toEqual([9, false]);
  });
});

describe("a streamed reply", () => {
  const draft = message(2, 2, { status: "streaming", content: "", attempt: 1 });
  const streaming = run(empty, asFrame(message(1, 1)), start(draft));

  test("grows in place and ends as the saved row", () => {
    let state = run(streaming, delta("m2", 1, 0, "Hel"), delta("m2", 1, 3, "lo"));
    expect(state.messages[1]!.content).toBe("Hello");
    state = run(state, asFrame(message(2, 6, { content: "Hello!" })), delta("m2", 1, 5, " late"));
    expect(state.messages[1]).toMatchObject({ content: "Hello!", status: "complete" });
    expect(state.messages.some((one) => one.status === "streaming")).toBe(false);
  });
  test("overlapping and repeated deltas add nothing twice", () => {
    const state = run(streaming, delta("m2", 1, 0, "Hel"), delta("m2", 1, 0, "Hel"), delta("m2", 1, 1, "ello"));
    expect(state.messages[1]!.content).toBe("Hello");
  });
  test("a hole is resumed from where the text ends", () => {
    const state = run(streaming, delta("m2", 1, 0, "Hel"), delta("m2", 1, 9, "x"));
    expect(state.messages[1]!.content).toBe("Hel");
    expect(state.needsSync).toBe(true);
    expect(state.messages[1]!.attempt).toBe(1);
    expect(run(state, delta("m2", 1, 3, "lo wor")).messages[1]!.content).toBe("Hello wor");
  });
  test("another attempt starts the text over; the old one's deltas are void", () => {
    const reset: ServerFrame = { type: "stream_reset", message_id: "m2", conversation_id: CONVERSATION, attempt: 2 };
    const state = run(streaming, delta("m2", 1, 0, "Hello"), reset, delta("m2", 1, 5, " old"), delta("m2", 2, 0, "Bye"));
    expect(state.messages[1]!.content).toBe("Bye");
    const implied = run(streaming, delta("m2", 1, 0, "Hello"), delta("m2", 2, 0, "Bye"));
    expect(implied.messages[1]!.content).toBe("Bye");
  });
  test("a saved row of the same attempt does not take text back", () => {
    const state = run(streaming, delta("m2", 1, 0, "Hello"), asFrame({ ...draft, rev: 3, content: "Hel" }));
    expect(state.messages[1]!.content).toBe("Hello");
  });
  test("after a reload it continues from the saved text", () => {
    const state = run(empty, sync([message(1, 1), { ...draft, rev: 3, content: "Hel" }], 3), delta("m2", 1, 2, "lo!"));
    expect(state.messages[1]!.content).toBe("Helo!");
  });
  test("an end without its row asks for it", () => {
    const end: ServerFrame = {
      type: "stream_end",
      message_id: "m2",
      conversation_id: CONVERSATION,
      attempt: 1,
      length: 5,
      status: "complete",
      rev: 4,
    };
    expect(run(streaming, end).needsSync).toBe(true);
    expect(run(streaming, asFrame(message(2, 4)), end).needsSync).toBe(false);
  });
});

/** A server's life: visitors write, replies stream and end. Gives its frames and the rows at the end. */
const history = fc
  .array(
    fc.record({ chunks: fc.array(fc.string({ maxLength: 6 }), { maxLength: 5 }), fails: fc.boolean(), restarts: fc.boolean() }),
    { minLength: 1, maxLength: 6 },
  )
  .map((turns) => {
    const frames: ServerFrame[] = [];
    const rows: Message[] = [];
    let rev = 0;
    turns.forEach((turn, index) => {
      const own = message(index * 2 + 1, ++rev);
      rows.push(own);
      frames.push(asFrame(own));
      const draft = message(index * 2 + 2, ++rev, { status: "streaming", content: "", attempt: 1 });
      frames.push(start(draft));
      let attempt = 1;
      let text = "";
      turn.chunks.forEach((chunk, at) => {
        if (turn.restarts && at === 2) {
          attempt = 2;
          text = "";
          frames.push({ type: "stream_reset", message_id: draft.id, conversation_id: CONVERSATION, attempt });
        }
        frames.push(delta(draft.id, attempt, text.length, chunk));
        text += chunk;
        rev++; // saved in between, nobody is told
      });
      const final = message(draft.seq, ++rev, { content: text, attempt, status: turn.fails ? "failed" : "complete" });
      rows.push(final);
      frames.push(asFrame(final), {
        type: "stream_end",
        message_id: draft.id,
        conversation_id: CONVERSATION,
        attempt,
        length: text.length,
        status: final.status,
        rev,
      });
    });
    return { frames, rows, rev };
  });

test("in the server's order, the live frames alone give the server's list at every end", () => {
  fc.assert(
    fc.property(history, ({ frames, rows }) => {
      const state = run(empty, ...frames);
      expect(state.messages).toEqual(rows);
      expect(state.messages.some((one) => one.status === "streaming")).toBe(false);
      expect(state.needsSync).toBe(false);
    }),
  );
});

test("lost, doubled and shuffled frames converge to the server's list with one sync from the cursor", () => {
  const mangled = history.chain((one) =>
    fc.record({
      one: fc.constant(one),
      order: fc.array(fc.nat(one.frames.length - 1), { maxLength: one.frames.length * 2 }),
    }),
  );
  fc.assert(
    fc.property(mangled, ({ one: { frames, rows, rev }, order }) => {
      const state = run(empty, ...order.map((at) => frames[at]!));
      const missed = rows.filter((row) => row.rev > state.cursor);
      const healed = run(state, sync(missed, rev));
      expect(healed.messages).toEqual(rows);
      expect(healed.messages.some((one) => one.status === "streaming")).toBe(false);
      expect(healed.needsSync).toBe(false);
    }),
    { numRuns: 500 },
  );
});
