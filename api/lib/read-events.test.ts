import { expect, test } from "vitest";
import type { EventSourceMessage } from "eventsource-parser";
import { readEvents } from "./read-events.ts";

const encoder = new TextEncoder();

function bodyOf(pieces: readonly Uint8Array[], onCancel = () => {}): ReadableStream<Uint8Array> {
  const left = [...pieces];
  return new ReadableStream({
    pull(controller) {
      const piece = left.shift();
      if (piece) controller.enqueue(piece);
      else controller.close();
    },
    cancel: onCancel,
  });
}
async function read(...pieces: (string | Uint8Array)[]): Promise<EventSourceMessage[]> {
  const found: EventSourceMessage[] = [];
  const bytes = pieces.map((piece) => (typeof piece === "string" ? encoder.encode(piece) : piece));
  for await (const events of readEvents(bodyOf(bytes))) found.push(...events);
  return found;
}

test.each<[string, string, EventSourceMessage[]]>([
  ["data alone", "data: a\n\ndata:b\n\n", [{ data: "a" }, { data: "b" }]],
  ["a name", "event: error\ndata: a\n\n", [{ event: "error", data: "a" }]],
  ["several lines", "data: a\ndata: b\n\n", [{ data: "a\nb" }]],
  ["an empty line of data", "data\n\ndata:\n\n", [{ data: "" }, { data: "" }]],
  ["comments and other fields", ": ping\nid: 7\nretry: 5\ndata: a\n\n:\n\n", [{ id: "7", data: "a" }]],
  ["a name without data", "event: a\n\ndata: b\n\n", [{ data: "b" }]],
  ["CR and LF", "data: a\r\n\r\ndata: b\r\n\r\n", [{ data: "a" }, { data: "b" }]],
  ["CR alone", "data: a\r\rdata: b\r\r", [{ data: "a" }, { data: "b" }]],
  ["no end", "data: a\n\ndata: b", [{ data: "a" }, { data: "b" }]],
  ["nothing", "", []],
])("%s", async (_, text, expected) => {
  expect(await read(text)).toEqual(expected);
  const bytes = encoder.encode(text);
  expect(await read(...Array.from(bytes, (byte) => Uint8Array.of(byte))), "byte by byte").toEqual(expected);
});

test("a character in two pieces stays whole", async () => {
  const bytes = encoder.encode("data: ação 🙂\n\n");
  for (let at = 1; at < bytes.length; at++) {
    expect(await read(bytes.subarray(0, at), bytes.subarray(at))).toEqual([{ data: "ação 🙂" }]);
  }
});

test("what comes together is told together", async () => {
  const sizes: number[] = [];
  for await (const events of readEvents(bodyOf([encoder.encode("data: a\n\ndata: b\n\ndata: c"), encoder.encode("\n\n")])))
    sizes.push(events.length);
  expect(sizes).toEqual([2, 1]);
});

test("who stops early lets go of the body", async () => {
  let isCancelled = false;
  const body = bodyOf([encoder.encode("data: a\n\n"), encoder.encode("data: b\n\n")], () => (isCancelled = true));
  for await (const events of readEvents(body)) if (events.length > 0) break;
  expect(isCancelled).toBe(true);
});

test("a body that breaks throws what it threw", async () => {
  const broken = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error("cut")) });
  await expect(readEvents(broken).next()).rejects.toThrow("cut");
});
