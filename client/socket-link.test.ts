import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ServerFrame } from "../protocol/frames.ts";
import { openSocketLink } from "./socket-link.ts";

const ANSWER_MS = 30_000;

/** The least of a browser's socket. */
class FakeSocket {
  static last: FakeSocket;
  readonly readyState = 1;
  readonly sent: string[] = [];
  onopen = () => {};
  onmessage = (_event: { data: string }) => {};
  constructor() {
    FakeSocket.last = this;
  }
  send(text: string): void {
    this.sent.push(text);
  }
  close(): void {}
  hear(frame: Record<string, unknown>): void {
    this.onmessage({ data: JSON.stringify(frame) });
  }
}

const heard: ServerFrame[] = [];
const closes: [number, boolean][] = [];
beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", FakeSocket);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  heard.length = closes.length = 0;
});

function open() {
  const link = openSocketLink("http://server.test", "token", {
    onFrame: (frame) => heard.push(frame),
    onClose: (...close) => closes.push(close),
  });
  const socket = FakeSocket.last;
  socket.onopen();
  const send = (client_message_id: string) =>
    link.send({ type: "message", conversation_id: "a conversation", content: "Hello", client_message_id });
  return { link, socket, send };
}

test("a socket that says other things, and nothing about a message, is given up in the end", () => {
  const { socket, send } = open();
  send("first");
  socket.hear({ type: "message_sent", client_message_id: "first" });
  send("second");
  vi.advanceTimersByTime(ANSWER_MS - 1);
  socket.hear({ type: "message_sent", client_message_id: "of another tab" });
  socket.hear({ type: "pong" });
  expect(closes).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(closes).toEqual([[1006, true]]);
  // Whatever it says now is nobody's.
  socket.hear({ type: "message_sent", client_message_id: "second" });
  expect(heard).toHaveLength(3);
});

test("one whose messages are acknowledged or refused stays, and so does one that was closed meanwhile", () => {
  const { link, socket, send } = open();
  // Two tabs that share the link.
  send("first");
  send("first");
  send("second");
  socket.hear({ type: "message_sent", client_message_id: "first" });
  socket.hear({ type: "error", code: "RATE_LIMITED", ref: "second" });
  vi.advanceTimersByTime(2 * ANSWER_MS);
  send("third");
  link.close();
  vi.advanceTimersByTime(2 * ANSWER_MS);
  expect(closes).toEqual([]);
});
