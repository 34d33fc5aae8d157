import type { ClientFrame, ServerFrame } from "../protocol/frames.ts";

/** One attempt at talking to the server, over whatever carries frames. */
export interface Link {
  /** False when the frame cannot leave; nothing is queued here. */
  send(frame: ClientFrame): boolean;
  /** No callback comes after this. */
  close(): void;
}

export interface LinkEvents {
  onFrame(frame: ServerFrame): void;
  /** Once. `code` as in a close frame, 1006 without one. */
  onClose(code: number, opened: boolean): void;
}

export type OpenLink = (origin: string, token: string, events: LinkEvents) => Link;

/** Makes a connection start over: another tab's socket has gone, or shall be used. */
export const startOver = (afterMs = 0): ServerFrame => ({ type: "drain", reconnect_after_ms: afterMs });

/** undefined for what is no frame, and not even text: a newer server's extra bytes must not end the connection. */
export function parseFrame(text: string): ServerFrame | undefined {
  try {
    const value = JSON.parse(text) as ServerFrame | null;
    if (value?.type) return value;
  } catch {
    // Not JSON.
  }
  return undefined;
}
