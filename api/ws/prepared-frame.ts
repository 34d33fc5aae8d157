import type { ServerFrame } from "../../protocol/frames.ts";

/** A frame that is written out once, however many sockets hear it. */
export interface PreparedFrame {
  readonly frame: ServerFrame;
  text(): string;
  /** As it goes over a WebSocket: one unmasked text frame with its header (RFC 6455, 5.2). */
  framed(): Buffer;
}

export function prepareFrame(frame: ServerFrame): PreparedFrame {
  return new Prepared(frame);
}

class Prepared implements PreparedFrame {
  readonly frame: ServerFrame;
  #text: string | null = null;
  #framed: Buffer | null = null;
  constructor(frame: ServerFrame) {
    this.frame = frame;
  }
  text(): string {
    return (this.#text ??= JSON.stringify(this.frame));
  }
  framed(): Buffer {
    return (this.#framed ??= frameText(this.text()));
  }
}

const FINAL_TEXT = 0x81;

function frameText(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const headerBytes = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const bytes = Buffer.allocUnsafe(headerBytes + length);
  bytes[0] = FINAL_TEXT;
  if (headerBytes === 2) bytes[1] = length;
  else if (headerBytes === 4) {
    bytes[1] = 126;
    bytes.writeUInt16BE(length, 2);
  } else {
    bytes[1] = 127;
    bytes.writeBigUInt64BE(BigInt(length), 2);
  }
  bytes.write(text, headerBytes);
  return bytes;
}
