import { once } from "node:events";
import type { Socket } from "node:net";
import { WebSocket } from "ws";
import { BEARER_PREFIX, PROTOCOL_NAME } from "../../protocol/codes.ts";
import type { Kind } from "./protocol.ts";

/** Sockets whose own work is next to nothing: after the handshake bytes are counted into frames, and sent as they are. */
export interface Clients {
  /** Resolves once every socket has got `frames` more. */
  receive(frames: number): Promise<void>;
  /** Keeps `inFlight` pings of each socket on their way for `ms`; resolves with the number of answers. */
  echo(inFlight: number, ms: number): Promise<number>;
  close(): void;
}

export async function openClients(kind: Kind, url: string, tokens: readonly string[], count: number): Promise<Clients> {
  const peers: Peer[] = [];
  for (let index = 0; index < count; index++) peers.push(await openPeer(kind, url, tokens[index % tokens.length]));
  const ping = masked(kind === "socket.io" ? '420["ping",{"type":"ping","t":1}]' : '{"type":"ping","t":1}');
  return {
    async receive(frames) {
      await Promise.all(peers.map((peer) => peer.until(frames)));
    },
    async echo(inFlight, ms) {
      const endsAt = performance.now() + ms;
      let answers = 0;
      await Promise.all(
        peers.map(
          (peer) =>
            new Promise<void>((done) => {
              let waiting = inFlight;
              peer.onFrames = (frames) => {
                if (performance.now() < endsAt) {
                  answers += frames;
                  peer.socket.write(frames === 1 ? ping : Buffer.concat(Array.from({ length: frames }, () => ping)));
                } else {
                  waiting -= frames;
                  if (waiting === 0) done();
                }
              };
              peer.socket.write(Buffer.concat(Array.from({ length: inFlight }, () => ping)));
            }),
        ),
      );
      return answers;
    },
    close() {
      for (const peer of peers) peer.socket.destroy();
    },
  };
}

interface Peer {
  readonly socket: Socket;
  onFrames: (frames: number) => void;
  until(frames: number): Promise<void>;
}

async function openPeer(kind: Kind, url: string, token: string | undefined): Promise<Peer> {
  const ws = new WebSocket(url, kind === "renus" ? [PROTOCOL_NAME, BEARER_PREFIX + token] : [], { perMessageDeflate: false });
  // Renus says `connected`; Socket.IO opens twice, engine and namespace.
  if (kind === "bare") await once(ws, "open");
  else await once(ws, "message");
  if (kind === "socket.io") {
    ws.send("40");
    await once(ws, "message");
  }
  const { _socket: socket } = ws as unknown as { _socket: Socket };
  socket.removeAllListeners("data");
  const count = frameCounter();
  const peer: Peer = {
    socket,
    onFrames: () => {},
    until(frames) {
      let left = frames;
      return new Promise((resolve) => {
        peer.onFrames = (came) => {
          left -= came;
          if (left <= 0) resolve();
        };
      });
    },
  };
  socket.on("data", (chunk: Buffer) => {
    const frames = count(chunk);
    if (frames > 0) peer.onFrames(frames);
  });
  socket.resume();
  return peer;
}

/** Counts whole text frames of a server (unmasked), wherever the chunks are cut; pings and Socket.IO's own pings are none. */
function frameCounter(): (chunk: Buffer) => number {
  let skip = 0;
  let rest: Buffer | null = null;
  return (chunk) => {
    let bytes = rest ? Buffer.concat([rest, chunk]) : chunk;
    rest = null;
    let at = Math.min(skip, bytes.length);
    skip -= at;
    let frames = 0;
    while (skip === 0 && at < bytes.length) {
      const short = bytes[at + 1];
      const header = short === undefined || short < 126 ? 2 : short === 126 ? 4 : 10;
      if (bytes.length - at < header) {
        rest = bytes.subarray(at);
        break;
      }
      const length = header === 2 ? short! : header === 4 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
      if ((bytes[at]! & 0x0f) === 1 && length > 1) frames += 1;
      at += header + length;
      if (at > bytes.length) {
        skip = at - bytes.length;
        at = bytes.length;
      }
    }
    return frames;
  };
}

/** A text frame under the mask of zeros, which leaves it readable. */
function masked(text: string): Buffer {
  const body = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x81, 0x80 | body.length, 0, 0, 0, 0]), body]);
}
