import { deepStrictEqual as deepEqual } from "node:assert";
import { WebSocket } from "ws";
import { BEARER_PREFIX, PROTOCOL_NAME } from "../../protocol/codes.ts";
import { serverFrameSchema, type ClientFrame, type ServerFrame, type ServerFrameType } from "../../protocol/frames.ts";

type FrameOf<T extends ServerFrameType> = Extract<ServerFrame, { type: T }>;

/** A small raw client: every frame it got is kept in order, and waiting never sleeps. */
export interface WsClient {
  readonly ws: WebSocket;
  readonly frames: ServerFrame[];
  /** Resolves once the socket is closed. */
  readonly closed: Promise<{ code: number; reason: string }>;
  send(frame: ClientFrame | Record<string, unknown>): void;
  sendRaw(data: string | Buffer, options?: { binary?: boolean; fin?: boolean }): void;
  /** The first frame of that type, not yet taken, that fits; taken then. Rejects after `timeoutMs` or when the socket closes. */
  take<T extends ServerFrameType>(type: T, fits?: (frame: FrameOf<T>) => boolean, timeoutMs?: number): Promise<FrameOf<T>>;
  /** Waits until everything sent before has been answered: pings and takes the pong. */
  settle(): Promise<void>;
  /** Frames of that type so far. */
  all<T extends ServerFrameType>(type: T): FrameOf<T>[];
  close(): Promise<void>;
}

export interface WsClientOptions {
  token?: string;
  /** Without `renus.v1`; the token goes into the query. */
  isPlain?: boolean;
  protocols?: string[];
  query?: string;
  path?: string;
  /** false: does not answer the server's pings. */
  autoPong?: boolean;
  /** Sent with the handshake, for example `Origin`. */
  headers?: Record<string, string>;
}

/** Throws unless the frame is of the contract, with all of its fields and no others. */
export function asServerFrame(value: unknown): ServerFrame {
  const frame = serverFrameSchema.parse(value);
  deepEqual(value, frame);
  return frame;
}

/** Resolves when the socket is open, before any frame. Rejects with the HTTP status when the handshake is refused. */
export function openWs(
  url: string,
  { token, isPlain = false, protocols, query, path = "/ws", autoPong = true, headers = {} }: WsClientOptions = {},
): Promise<WsClient> {
  const address = new URL(path, url.replace(/^http/, "ws"));
  if (query !== undefined) address.search = query;
  else if (isPlain && token) address.searchParams.set("token", token);
  const offered = protocols ?? (isPlain ? [] : [PROTOCOL_NAME, ...(token ? [BEARER_PREFIX + token] : [])]);
  const ws = new WebSocket(address, offered, { autoPong, headers });

  const frames: ServerFrame[] = [];
  const taken = new Set<ServerFrame>();
  const waiting = new Set<() => void>();
  let isClosed = false;
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    ws.on("close", (code, reason) => {
      isClosed = true;
      for (const look of waiting) look();
      resolve({ code, reason: String(reason) });
    }),
  );
  ws.on("message", (data) => {
    frames.push(asServerFrame(JSON.parse(String(data))));
    for (const look of waiting) look();
  });

  let pings = 0;
  const client: WsClient = {
    ws,
    frames,
    closed,
    send: (frame) => ws.send(JSON.stringify(frame)),
    sendRaw: (data, { binary = false, fin = true } = {}) => ws.send(data, { binary, fin }),
    take(type, fits = () => true, timeoutMs = 5000) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => finish(`no "${type}" within ${timeoutMs} ms`), timeoutMs);
        const finish = (problem: string | null, frame?: ServerFrame) => {
          clearTimeout(timer);
          waiting.delete(look);
          if (problem) reject(new Error(`${problem}; got ${frames.map((it) => it.type).join(", ") || "nothing"}`));
          else resolve(frame as never);
        };
        const look = () => {
          const frame = frames.find((it) => it.type === type && !taken.has(it) && fits(it as never));
          if (frame) {
            taken.add(frame);
            finish(null, frame);
          } else if (isClosed) finish(`the socket closed before a "${type}"`);
        };
        waiting.add(look);
        look();
      });
    },
    async settle() {
      const t = --pings;
      client.send({ type: "ping", t });
      await client.take("pong", (pong) => pong.t === t);
    },
    all: (type) => frames.filter((frame) => frame.type === type) as never,
    async close() {
      ws.close();
      await closed;
    },
  };
  return new Promise((resolve, reject) => {
    ws.on("open", () => resolve(client));
    ws.on("unexpected-response", (_req, res) => {
      const chunks: Buffer[] = [];
      res.on("data", (chunk: Buffer) => chunks.push(chunk));
      res.on("end", () =>
        reject(
          Object.assign(new Error(`HTTP ${res.statusCode}`), { status: res.statusCode, body: String(Buffer.concat(chunks)) }),
        ),
      );
    });
    ws.on("error", reject);
  });
}
