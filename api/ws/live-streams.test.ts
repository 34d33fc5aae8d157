import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ServerFrame } from "../../protocol/frames.ts";
import type { Message } from "../../protocol/resources.ts";
import { createLiveStreams } from "./live-streams.ts";

const message_id = "00000000-0000-4000-8000-000000000001";
const conversation_id = "00000000-0000-4000-8000-000000000002";
const names = { message_id, conversation_id };

const row = (status: Message["status"]) => ({ id: message_id, conversation_id, role: "assistant", status }) as Message;
const start = (attempt: number): ServerFrame => ({ type: "stream_start", ...names, attempt, message: row("streaming") });
const reset = (attempt: number): ServerFrame => ({ type: "stream_reset", ...names, attempt });
const delta = (attempt: number, from: number, text: string): ServerFrame => ({ type: "delta", ...names, attempt, from, text });
const saved: ServerFrame = { type: "message", message: row("cancelled") };
const end: ServerFrame = { type: "stream_end", ...names, attempt: 1, length: 0, status: "cancelled", rev: 1 };

/** What a worker says of one reply: attempts one after another, each from the start. */
const workerSays = fc
  .array(fc.array(fc.string({ minLength: 1, maxLength: 5 }), { maxLength: 6 }), { minLength: 1, maxLength: 3 })
  .map((attempts) =>
    attempts.flatMap((pieces, index): ServerFrame[] => {
      let from = 0;
      const deltas = pieces.map((text) => {
        const frame = delta(index + 1, from, text);
        from += text.length;
        return frame;
      });
      return [index === 0 ? start(1) : reset(index + 1), ...deltas];
    }),
  );

describe("live streams", () => {
  it("say nothing of a reply after its end, wherever a take-over falls between a worker's frames", () => {
    fc.assert(
      fc.property(workerSays, fc.nat(30), (frames, place) => {
        const streams = createLiveStreams();
        const at = Math.min(place, frames.length);
        const late = frames.slice(at);
        frames.slice(0, at).forEach((frame) => streams.admit(frame));
        expect(streams.admit(saved)).toBe(true);
        // Frames that were in flight may arrive before and after the end is told.
        late.forEach((frame) => expect(streams.admit(frame)).toBe(false));
        expect(streams.admit(end)).toBe(true);
        late.forEach((frame) => expect(streams.admit(frame)).toBe(false));
        expect(streams.get(message_id)).toBeUndefined();
      }),
    );
  });

  it("hold the text of the latest attempt, whatever older attempts still say", () => {
    fc.assert(
      fc.property(workerSays, fc.infiniteStream(fc.boolean()), (frames, repeats) => {
        const streams = createLiveStreams();
        const seen: ServerFrame[] = [];
        let text = "";
        for (const frame of frames) {
          streams.admit(frame);
          if (frame.type === "delta") text += frame.text;
          else text = "";
          // A second worker, presumed dead, repeats what belongs to the past.
          const old = seen.filter((it) => "attempt" in it && "attempt" in frame && it.attempt < frame.attempt);
          for (const it of old) if (repeats.next().value) expect(streams.admit(it)).toBe(false);
          seen.push(frame);
          expect(streams.get(message_id)?.text).toBe(text);
        }
      }),
    );
  });

  it("keep nothing that has a hole", () => {
    const streams = createLiveStreams();
    streams.admit(start(1));
    streams.admit(delta(1, 0, "ab"));
    expect(streams.admit(delta(1, 5, "f"))).toBe(true);
    expect(streams.get(message_id)).toBeUndefined();
  });

  it("forget the oldest of very many whose end was never heard", () => {
    const streams = createLiveStreams();
    const nth = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
    for (let n = 0; n < 20_000; n++)
      streams.admit({ type: "delta", message_id: nth(n), conversation_id, attempt: 1, from: 0, text: "x" });
    expect(streams.get(nth(0))).toBeUndefined();
    expect(streams.get(nth(19_999))).toMatchObject({ text: "x" });
  });

  it("take a repeated delta once", () => {
    const streams = createLiveStreams();
    streams.admit(start(1));
    streams.admit(delta(1, 0, "abc"));
    streams.admit(delta(1, 1, "bcd"));
    streams.admit(delta(1, 0, "a"));
    expect(streams.get(message_id)?.text).toBe("abcd");
  });

  it("do not show the assistant typing where it may not answer, and everybody else as before", () => {
    const streams = createLiveStreams();
    const agent_id = "00000000-0000-4000-8000-000000000003";
    const typing = (user_id: string, is_typing = true): ServerFrame => ({
      type: "typing",
      user_id,
      conversation_id,
      is_typing,
      ttl_ms: 6000,
    });
    const ownedBy = (owner: "assistant" | "operator", status: "open" | "closed" = "open") =>
      ({ type: "conversation", conversation: { id: conversation_id, agent_id, owner, status } }) as ServerFrame;
    expect(streams.admit(typing(agent_id))).toBe(true);
    for (const silent of [ownedBy("operator"), ownedBy("assistant", "closed")]) {
      expect(streams.admit(silent)).toBe(true);
      expect(streams.admit(typing(agent_id))).toBe(false);
      expect(streams.admit(typing(agent_id, false))).toBe(true);
      expect(streams.admit(typing("00000000-0000-4000-8000-000000000004"))).toBe(true);
      expect(streams.admit(ownedBy("assistant"))).toBe(true);
      expect(streams.admit(typing(agent_id))).toBe(true);
    }
  });
});
