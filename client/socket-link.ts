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
  socket.onclose = (event) => {
    if (isOver) return;
    isOver = true;
    events.onClose(event.code, opened);
  };
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
