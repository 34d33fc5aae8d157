import { connect, type Socket } from "node:net";
import { reconnectDelayMs } from "../../client/backoff.ts";
import { BEARER_PREFIX, PROTOCOL_NAME } from "../../protocol/codes.ts";

/**
 * Thousands of sockets that only listen, in a process of their own: bytes by hand, because a library's socket on this side
 * would cost more than the server's. They answer pings and come back as the chat client does.
 */
export interface ClientsOrder {
  url: string;
  /** One socket each. Empty text: a socket without a token. */
  tokens: string[];
  /** Sockets that are opened at the same time in the beginning. */
  atOnce: number;
}
export interface ClientsReport {
  /** Sockets that have heard `connected`. */
  live: number;
  /** How often one has ended since the last report, by close code; 1006 without one. */
  ended: Record<number, number>;
  /** Milliseconds since the first of them ended until each was back, for those that are, in order. */
  back: number[];
}

const report: ClientsReport = { live: 0, ended: {}, back: [] };
let firstEndedAt = 0;

function open(url: URL, token: string, attempt: number, onLive: () => void): void {
  const socket: Socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
  let rest: Buffer = Buffer.alloc(0);
  let isUpgraded = false;
  let isLive = false;
  let code = 1006;
  let delayMs: number | null = null;

  const protocols = token === "" ? "" : `Sec-WebSocket-Protocol: ${PROTOCOL_NAME}, ${BEARER_PREFIX}${token}\r\n`;
  socket.write(
    `GET /ws HTTP/1.1\r\nHost: ${url.host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
      `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${protocols}\r\n`,
  );
  const goLive = () => {
    if (isLive) return;
    isLive = true;
    report.live++;
    if (attempt > 0 || firstEndedAt > 0) report.back.push(performance.now() - firstEndedAt);
    onLive();
  };
  const read = (opcode: number, payload: Buffer) => {
    if (opcode === 1) {
      const drain = /"type":"drain","reconnect_after_ms":(\d+)/.exec(payload.toString("latin1"));
      // As client/connection-state.ts: spread over half the asked time again.
      if (drain) delayMs = Number(drain[1]) * (1 + Math.random() / 2);
      else goLive();
    } else if (opcode === 8) {
      code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
      socket.end();
    } else if (opcode === 9) socket.write(Buffer.from([0x8a, 0x80, 0, 0, 0, 0]));
  };
  socket.on("data", (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    if (!isUpgraded) {
      const end = rest.indexOf("\r\n\r\n");
      if (end < 0) return;
      if (!rest.subarray(0, 13).toString().startsWith("HTTP/1.1 101")) return void socket.destroy();
      isUpgraded = true;
      rest = rest.subarray(end + 4);
      if (token === "") goLive();
    }
    for (;;) {
      if (rest.length < 2) break;
      const short = rest[1]! & 0x7f;
      const start = short === 126 ? 4 : 2;
      if (rest.length < start) break;
      const length = short === 126 ? rest.readUInt16BE(2) : short;
      if (rest.length < start + length) break;
      read(rest[0]! & 0x0f, rest.subarray(start, start + length));
      rest = rest.subarray(start + length);
    }
    // A view would keep the whole chunk.
    rest = rest.length === 0 ? Buffer.alloc(0) : Buffer.from(rest);
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    if (isLive) {
      report.live--;
      report.ended[code] = (report.ended[code] ?? 0) + 1;
      firstEndedAt ||= performance.now();
    }
    const next = isLive ? 0 : attempt + 1;
    setTimeout(() => open(url, token, Math.max(1, next), () => {}), delayMs ?? reconnectDelayMs(next, Math.random()));
  });
}

process.on("message", (order: ClientsOrder | "report" | "forget") => {
  if (order === "report") process.send!(report);
  else if (order === "forget") {
    report.ended = {};
    report.back = [];
    firstEndedAt = 0;
  } else {
    const url = new URL(order.url);
    const waiting = [...order.tokens];
    const openNext = () => {
      const token = waiting.pop();
      if (token !== undefined) open(url, token, 0, openNext);
    };
    for (let index = 0; index < order.atOnce; index++) openNext();
  }
});
