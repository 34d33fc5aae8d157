import { BEARER_PREFIX, PROTOCOL_NAME } from "../protocol/codes.ts";
import { parseFrame, type Link, type LinkEvents } from "./link.ts";

/** Frames over a WebSocket. The token travels as a subprotocol, so that no log of URLs can hold it. */
export function openSocketLink(origin: string, token: string, events: LinkEvents): Link {
  const socket = new WebSocket(`${origin.replace(/^http/, "ws")}/ws`, [PROTOCOL_NAME, BEARER_PREFIX + token]);
  let opened = false;
  let isOver = false;
  socket.onopen = () => (opened = true);
  socket.onmessage = (event) => {
    const frame = typeof event.data === "string" ? parseFrame(event.data) : null;
    if (frame && !isOver) events.onFrame(frame);
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
      if (socket.readyState !== WebSocket.OPEN) return false;
      socket.send(JSON.stringify(frame));
      return true;
    },
    close() {
      isOver = true;
      socket.close(1000);
    },
  };
}
