import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { ServerFrame } from "../../protocol/frames.ts";
import type { Limits } from "../deps.ts";
import { prepareFrame, type PreparedFrame } from "./prepared-frame.ts";

type Delta = Extract<ServerFrame, { type: "delta" }>;

export interface Outbound {
  send(prepared: PreparedFrame): void;
  close(code: number): void;
  dispose(): void;
}

/**
 * The way out of one socket. What is sent within one tick leaves in one write. A peer that reads slowly first loses what
 * heals by itself (typing, presence) and gets deltas joined; one that does not read at all is closed.
 */
export function createOutbound(ws: WebSocket, socket: Duplex, limits: Limits, onOverload: () => void): Outbound {
  let isCorked = false;
  let isClosed = false;
  const held = new Map<string, Delta>();

  const uncork = () => {
    isCorked = false;
    socket.uncork();
  };
  const write = (prepared: PreparedFrame) => {
    if (!isCorked) {
      isCorked = true;
      socket.cork();
      setImmediate(uncork);
    }
    ws.send(prepared.bytes(), { binary: false });
  };
  const flushHeld = () => {
    for (const delta of held.values()) write(prepareFrame(delta));
    held.clear();
  };
  const onDrain = () => {
    if (!isClosed && held.size > 0) flushHeld();
  };
  socket.on("drain", onDrain);

  /** True: the frame need not be sent now. */
  function absorb(frame: ServerFrame, isSlow: boolean): boolean {
    switch (frame.type) {
      case "typing":
      case "presence":
        return isSlow;
      case "delta": {
        const before = held.get(frame.message_id);
        if (before && before.attempt === frame.attempt && frame.from <= before.from + before.text.length) {
          const text = before.text.slice(0, frame.from - before.from) + frame.text;
          held.set(frame.message_id, { ...before, text });
          return true;
        }
        if (!isSlow) return false;
        held.set(frame.message_id, frame);
        return true;
      }
      case "stream_reset":
      case "stream_end":
        // What was held is void, or in the saved message that went before the end.
        held.delete(frame.message_id);
        return false;
      case "message":
        held.delete(frame.message.id);
        return false;
      default:
        return false;
    }
  }

  return {
    send(prepared) {
      if (isClosed || ws.readyState !== ws.OPEN) return;
      const buffered = ws.bufferedAmount;
      if (buffered > limits.bufferedBytesMax) return onOverload();
      const isSlow = buffered > limits.bufferedBytesSoft;
      if (!isSlow && held.size > 0) flushHeld();
      if (!absorb(prepared.frame, isSlow)) write(prepared);
    },
    close(code) {
      if (isClosed) return;
      isClosed = true;
      held.clear();
      ws.close(code);
    },
    dispose() {
      isClosed = true;
      held.clear();
      socket.off("drain", onDrain);
    },
  };
}
