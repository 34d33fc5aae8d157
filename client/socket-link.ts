import { BEARER_PREFIX, PROTOCOL_NAME } from "../protocol/codes.ts";
import type { ServerFrame } from "../protocol/frames.ts";
import { parseFrame, type Link, type LinkEvents } from "./link.ts";

/** `WebSocket.OPEN`, in a byte. */
const OPEN = 1;
/** A message is acknowledged or refused by then: a statement in the database may take as long. */
const ANSWER_MS = 30_000;

/** Frames over a WebSocket. The token travels as a subprotocol, so that no log of URLs can hold it. */
export function openSocketLink(origin: string, token: string, events: LinkEvents): Link {
  const socket = new WebSocket(`${origin.replace(/^http/, "ws")}/ws`, [PROTOCOL_NAME, BEARER_PREFIX + token]);
  let opened = false;
  let isOver = false;
  /** client_message_id of the last message. The server takes one after another: its answer comes after all others. */
  let last: string | undefined;
  let overdue: ReturnType<typeof setTimeout> | undefined;
  socket.onopen = () => (opened = true);
  socket.onmessage = (event) => {
    const frame = parseFrame(event.data as string) as (ServerFrame & { client_message_id?: string; ref?: string }) | undefined;
    if (isOver || !frame) return;
    if ((frame.client_message_id ?? frame.ref) === last) clearTimeout(overdue);
    events.onFrame(frame);
  };
  const end = (code: number) => {
    if (isOver) return;
    isOver = true;
    events.onClose(code, opened);
  };
  socket.onclose = (event) => end(event.code);
  // A socket that the page's policy forbids gets an error in Chromium, and no close.
  socket.onerror = () => end(1006);
  return {
    send(frame) {
      if (socket.readyState !== OPEN) return false;
      socket.send(JSON.stringify(frame));
      if (frame.type === "message") {
        // It may go on to say other things: a socket that does not answer is as dead as a silent one.
        clearTimeout(overdue);
        overdue = setTimeout(end, ANSWER_MS, 1006);
        last = frame.client_message_id;
      }
      return true;
    },
    close() {
      isOver = true;
      socket.close(1000);
    },
  };
}
