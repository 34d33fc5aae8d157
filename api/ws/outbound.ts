import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { ServerFrame } from "../../protocol/frames.ts";
import type { Limits } from "../deps.ts";
import type { Traffic } from "../lib/metrics.ts";
import { prepareFrame, type PreparedFrame } from "./prepared-frame.ts";

type Delta = Extract<ServerFrame, { type: "delta" }>;

export interface Outbound {
  /** What the peer has not read yet, as far as this process knows. */
  readonly bufferedBytes: number;
  send(prepared: PreparedFrame): void;
  close(code: number): void;
  dispose(): void;
}

/**
 * The way out of one socket. What is sent within one tick leaves in one write, framed already and past `ws`, which would frame
 * it anew for each socket. A peer that reads slowly first loses what heals by itself (typing, presence) and gets deltas joined;
 * one that does not read at all is closed.
 */
export function createOutbound(
  ws: WebSocket,
  socket: Duplex,
  limits: Limits,
  traffic: Traffic,
  onOverload: () => void,
): Outbound {
  return new SocketOutbound(ws, socket, limits, traffic, onOverload);
}

/** Sockets with something to write in this tick: one wake-up serves them all. */
let waiting: SocketOutbound[] = [];
function flushAll(): void {
  const list = waiting;
  waiting = [];
  for (const outbound of list) outbound.flush();
}

/** A class, because there are thousands: functions of one object each would be most of an idle socket's memory. */
class SocketOutbound implements Outbound {
  readonly #ws: WebSocket;
  readonly #socket: Duplex;
  readonly #limits: Limits;
  readonly #traffic: Traffic;
  readonly #onOverload: () => void;
  #isClosed = false;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  /** Deltas that wait until the peer has read on, by reply. */
  #held: Map<string, Delta> | null = null;

  constructor(ws: WebSocket, socket: Duplex, limits: Limits, traffic: Traffic, onOverload: () => void) {
    this.#ws = ws;
    this.#socket = socket;
    this.#limits = limits;
    this.#traffic = traffic;
    this.#onOverload = onOverload;
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength + this.#pendingBytes;
  }

  send(prepared: PreparedFrame): void {
    if (!this.#isOpen) return;
    const buffered = this.bufferedBytes;
    if (buffered > this.#limits.bufferedBytesMax) return this.#onOverload();
    const isSlow = buffered > this.#limits.bufferedBytesSoft;
    if (!isSlow) this.#release();
    if (!this.#absorb(prepared.frame, isSlow)) this.#write(prepared);
  }

  close(code: number): void {
    if (this.#isClosed) return;
    // What was said before goes before.
    this.flush();
    this.#isClosed = true;
    this.#held = null;
    this.#ws.close(code);
  }

  dispose(): void {
    this.#isClosed = true;
    this.#held = null;
  }

  flush(): void {
    const list = this.#pending;
    if (list.length === 0) return;
    this.#pending = [];
    const bytes = list.length === 1 ? list[0]! : Buffer.concat(list, this.#pendingBytes);
    this.#pendingBytes = 0;
    // After its closing frame a socket says nothing more.
    if (!this.#isOpen) return;
    // What the kernel takes at once is never followed by a "drain".
    if (this.#held) this.#socket.write(bytes, () => this.#releaseIfReading());
    else this.#socket.write(bytes);
  }

  get #isOpen(): boolean {
    return !this.#isClosed && this.#ws.readyState === this.#ws.OPEN;
  }

  #write(prepared: PreparedFrame): void {
    const bytes = prepared.framed();
    if (this.#pending.length === 0) {
      if (waiting.length === 0) setImmediate(flushAll);
      waiting.push(this);
    }
    this.#pending.push(bytes);
    this.#traffic.sent++;
    this.#pendingBytes += bytes.length;
  }

  /** True: the frame need not be sent now. */
  #absorb(frame: ServerFrame, isSlow: boolean): boolean {
    switch (frame.type) {
      case "typing":
      case "presence":
        if (isSlow) this.#traffic.dropped[frame.type]++;
        return isSlow;
      case "delta": {
        const before = this.#held?.get(frame.message_id);
        if (before && before.attempt === frame.attempt && frame.from <= before.from + before.text.length) {
          const text = before.text.slice(0, frame.from - before.from) + frame.text;
          this.#held!.set(frame.message_id, { ...before, text });
          return true;
        }
        if (!isSlow) return false;
        this.#hold(frame);
        return true;
      }
      case "stream_reset":
      case "stream_end":
        // What was held is void, or in the saved message that went before the end.
        this.#held?.delete(frame.message_id);
        return false;
      case "message":
        this.#held?.delete(frame.message.id);
        return false;
      default:
        return false;
    }
  }

  #hold(delta: Delta): void {
    if (!this.#held) {
      this.#held = new Map();
      this.#socket.once("drain", () => this.#releaseIfReading());
    }
    this.#held.set(delta.message_id, delta);
  }

  #releaseIfReading(): void {
    if (this.#socket.writableLength + this.#pendingBytes <= this.#limits.bufferedBytesSoft) this.#release();
  }

  #release(): void {
    const held = this.#held;
    if (!held) return;
    this.#held = null;
    if (this.#isOpen) for (const delta of held.values()) this.#write(prepareFrame(delta));
  }
}
