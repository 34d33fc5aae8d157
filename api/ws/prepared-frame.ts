import type { ServerFrame } from "../../protocol/frames.ts";

/** A frame that is written out once, however many sockets hear it. */
export interface PreparedFrame {
  readonly frame: ServerFrame;
  text(): string;
  bytes(): Buffer;
}

export function prepareFrame(frame: ServerFrame): PreparedFrame {
  let text: string | null = null;
  let bytes: Buffer | null = null;
  return {
    frame,
    text: () => (text ??= JSON.stringify(frame)),
    bytes: () => (bytes ??= Buffer.from((text ??= JSON.stringify(frame)))),
  };
}
