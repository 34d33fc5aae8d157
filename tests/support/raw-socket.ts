import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { PROTOCOL_NAME, BEARER_PREFIX } from "../../protocol/codes.ts";

/** A WebSocket frame as bytes, right or wrong in any of its fields (RFC 6455 section 5.2). */
export interface RawFrame {
  /** 0 continuation, 1 text, 2 binary, 8 close, 9 ping, 10 pong; the others mean nothing. */
  opcode: number;
  payload?: Buffer | string;
  /** Default true: nothing follows. */
  fin?: boolean;
  /** The three reserved bits, 0 to 7. */
  reserved?: number;
  /** Default true, as it must be from a client. */
  masked?: boolean;
  /** What the header says, where it is not the payload's length. */
  length?: bigint;
}

export function encodeFrame({ opcode, payload = "", fin = true, reserved = 0, masked = true, length }: RawFrame): Buffer {
  const data = Buffer.from(payload);
  const told = length ?? BigInt(data.length);
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  const mark = masked ? 0x80 : 0;
  let header: Buffer;
  if (told < 126n) header = Buffer.from([first, mark | Number(told)]);
  else if (told < 65_536n) {
    header = Buffer.from([first, mark | 126, 0, 0]);
    header.writeUInt16BE(Number(told), 2);
  } else {
    header = Buffer.from([first, mark | 127, 0, 0, 0, 0, 0, 0, 0, 0]);
    header.writeBigUInt64BE(told, 2);
  }
  if (!masked) return Buffer.concat([header, data]);
  const mask = randomBytes(4);
  return Buffer.concat([header, mask, data.map((byte, index) => byte ^ mask[index % 4]!)]);
}
export const closeFrame = (code: number, reason: Buffer | string = "") => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(code);
  return encodeFrame({ opcode: 8, payload: Buffer.concat([bytes, Buffer.from(reason)]) });
};

/** A TCP connection that says what it is told to, byte for byte. Errors of the connection are how it ended, never thrown. */
export interface RawSocket {
  readonly socket: Socket;
  /** Everything that came, as Latin-1. */
  text(): string;
  write(bytes: Buffer | string): void;
  /** Resolves when the connection has ended, at the latest by the other side's FIN. */
  readonly ended: Promise<void>;
  /** Resolves once the text has matched; rejects when the connection ended first. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
}

/** `allowHalfOpen`: our end stays open when the other one says goodbye. */
export async function openTcp(url: string, { allowHalfOpen = false } = {}): Promise<RawSocket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen });
  socket.setNoDelay(true);
  let text = "";
  const looks = new Set<() => void>();
  const ended = new Promise<void>((resolve) => {
    for (const event of ["end", "close", "error"]) socket.once(event, () => resolve());
  });
  socket.on("error", () => {});
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
    for (const look of looks) look();
  });
  await once(socket, "connect");
  return {
    socket,
    text: () => text,
    write: (bytes) => void socket.write(bytes),
    ended,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = pattern.exec(text);
          if (!found) return;
          looks.delete(look);
          resolve(found);
        };
        looks.add(look);
        look();
        void ended.then(() => reject(new Error(`It ended without ${pattern}: ${text.slice(0, 500)}`)));
      }),
  };
}

/** The lines of a WebSocket handshake, up to the empty one. */
export function handshake(path: string, headers: Record<string, string> = {}): string {
  const lines = {
    Host: "127.0.0.1",
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": randomBytes(16).toString("base64"),
    ...headers,
  };
  return `GET ${path} HTTP/1.1\r\n${Object.entries(lines)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("")}\r\n`;
}

/** An open WebSocket of ours without any library on this side. */
export interface RawWebSocket extends RawSocket {
  /** The code of the server's close frame; 1006 when the connection ended without one. */
  closeCode(): Promise<number>;
}

export async function openRawWebSocket(url: string, token: string): Promise<RawWebSocket> {
  const raw = await openTcp(url);
  raw.write(handshake("/ws", { "Sec-WebSocket-Protocol": `${PROTOCOL_NAME}, ${BEARER_PREFIX}${token}` }));
  await raw.until(/HTTP\/1\.1 101 .*\r\n\r\n/s);
  await raw.until(/"type":"connected"/);
  return {
    ...raw,
    closeCode: () =>
      new Promise((resolve) => {
        const look = () => {
          const code = closeCodeIn(Buffer.from(raw.text(), "latin1"));
          if (code !== null) resolve(code);
        };
        raw.socket.on("data", look);
        look();
        void raw.ended.then(() => {
          look();
          resolve(1006);
        });
      }),
  };
}

/** Reads the server's frames, which are never masked or fragmented. */
function closeCodeIn(bytes: Buffer): number | null {
  let at = bytes.indexOf("\r\n\r\n") + 4;
  while (at + 2 <= bytes.length) {
    const opcode = bytes[at]! & 0x0f;
    let length = bytes[at + 1]! & 0x7f;
    at += 2;
    if (length === 126 && at + 2 <= bytes.length) {
      length = bytes.readUInt16BE(at);
      at += 2;
    } else if (length === 127 && at + 8 <= bytes.length) {
      length = Number(bytes.readBigUInt64BE(at));
      at += 8;
    }
    if (at + length > bytes.length) return null;
    if (opcode === 8) return length >= 2 ? bytes.readUInt16BE(at) : 1005;
    at += length;
  }
  return null;
}
