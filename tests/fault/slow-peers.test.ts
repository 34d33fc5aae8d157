import { once } from "node:events";
import { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { BEARER_PREFIX } from "../../protocol/codes.ts";
import type { Database } from "../../api/db/database.ts";
import { insertAgent, insertChat, storedMessages, type Chat } from "../support/chat.ts";
import { openDefaultDatabase } from "../support/default-database.ts";
import { isLong } from "../support/long.ts";
import { encodeFrame, handshake, openRawWebSocket, openTcp, type RawSocket } from "../support/raw-socket.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { openWs, type WsClient } from "../support/ws-client.ts";

/** Peers that keep the server waiting. The times are short here; what they are in production stands in api/server.ts. */

const HTTP = { headersMs: 400, requestMs: 900, checkEveryMs: 100, keepAliveMs: 700, idleConnectionsMax: 60 };
const LIMITS = { framesPerMinute: 1_000_000, messagesPerMinute: 1_000_000 };

let server: TestServer;
let chat: Chat;
let bystander: WsClient;
let gate: Promise<void> = Promise.resolve();
const failures: string[] = [];

beforeAll(async () => {
  const sink = new Writable({
    write(chunk, _encoding, done) {
      failures.push(String(chunk));
      done();
    },
  });
  const db = await openDefaultDatabase();
  // A database that can be held up.
  const slow: Database = { ...db, as: (actor, run) => gate.then(() => db.as(actor, run)) };
  server = await startTestServer({ db: slow, httpLimits: HTTP, limits: LIMITS, log: pino({ level: "error" }, sink) });
  await server.deps.orchestrator.stop();
});
afterAll(() => server.stop());
beforeEach(async () => {
  const agent = await insertAgent(server.deps);
  chat = await insertChat(server.deps, agent);
  bystander = await openWs(server.url, { token: (await insertChat(server.deps, agent)).token });
  await bystander.take("connected");
});
afterEach(async () => {
  await bystander.settle();
  await bystander.close();
  expect(failures.splice(0)).toEqual([]);
});

/** Writes a byte every few milliseconds until the connection ends; resolves with the time that took. */
async function drip(raw: RawSocket, text: string): Promise<number> {
  const startedAt = performance.now();
  let at = 0;
  const timer = setInterval(() => raw.write(text[at++ % text.length]!), 20);
  await raw.ended;
  clearInterval(timer);
  return performance.now() - startedAt;
}
const LATE_MS = 4000;

describe("who sends slowly", () => {
  test.each([
    ["headers", "GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: ".padEnd(10_000, "b")],
    ["the handshake of a socket", handshake("/ws").replace("\r\n\r\n", "\r\nX-A: ".padEnd(10_000, "b"))],
  ])("%s: is told 408 and closed", async (_name, text) => {
    const raw = await openTcp(server.url);
    expect(await drip(raw, text)).toBeLessThan(LATE_MS);
    expect(raw.text()).toMatch(/^HTTP\/1.1 408 /);
  });

  test("a body: is told 408 and closed, and nothing is done", async () => {
    const raw = await openTcp(server.url);
    const head = `POST /public/frames HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer ${chat.token}\r\n`;
    raw.write(`${head}Content-Length: 5000\r\n\r\n`);
    expect(await drip(raw, " ")).toBeLessThan(LATE_MS);
    expect(raw.text()).toMatch(/^HTTP\/1.1 408 /);
    expect(await storedMessages(server.deps, chat.conversation_id)).toEqual([]);
  });

  test("nothing at all, before a request or after one: is closed", async () => {
    const [silent, done] = await Promise.all([openTcp(server.url), openTcp(server.url)]);
    done.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    await done.until(/"ok"/);
    const startedAt = performance.now();
    await Promise.all([silent.ended, done.ended]);
    expect(performance.now() - startedAt).toBeLessThan(LATE_MS);
  });

  test("a body that breaks off in the middle, with and without a length: is nobody's failure", async () => {
    for (const framing of ["Content-Length: 5000\r\n\r\n{", 'Transfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n']) {
      for (const path of ["/public/frames", "/auth/v1/token?grant_type=password", `/public/agents/none/sessions`]) {
        const raw = await openTcp(server.url);
        raw.write(
          `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer ${chat.token}\r\n${framing}`,
        );
        await sleep(30);
        raw.socket.resetAndDestroy();
      }
    }
    await sleep(100);
  });
});

describe("many connections", () => {
  test("that say nothing push each other out, and nobody else", async () => {
    const raws: RawSocket[] = [];
    for (let index = 0; index < (isLong ? 3000 : 300); index++) raws.push(await openTcp(server.url));
    await bystander.settle();
    expect((await server.call("GET", "/healthz")).status).toBe(200);
    expect(raws.filter(({ socket }) => !socket.readableEnded && !socket.destroyed).length).toBeLessThanOrEqual(
      HTTP.idleConnectionsMax,
    );
    for (const { socket } of raws) socket.destroy();
  });

  test("whose handshake was refused are closed, even if their end stays open", async () => {
    for (const path of ["/ws", "/elsewhere", "//[", "/ws?token=x"]) {
      const raw = await openTcp(server.url, { allowHalfOpen: true });
      raw.write(handshake(path));
      await raw.ended;
      expect(raw.text()).toMatch(path.startsWith("/ws") ? /^HTTP\/1.1 401 / : /^HTTP\/1.1 404 /);
      // Who writes to a socket that is gone is reset; one that is half open takes it for ever.
      const reset = new Promise((resolve) => raw.socket.once("close", resolve));
      const timer = setInterval(() => raw.write("x"), 20);
      await reset;
      clearInterval(timer);
    }
  });
});

describe("requests of other ages", () => {
  test("an offer of HTTP/2 is ignored and the request answered", async () => {
    const raw = await openTcp(server.url);
    raw.write(
      "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\n\r\n",
    );
    await raw.until(/^HTTP\/1.1 200 [^]*"ok"/);
    raw.socket.destroy();
  });
  test("requests sent ahead are answered in order, and garbage is refused", async () => {
    const raw = await openTcp(server.url);
    raw.write(`${"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n".repeat(100)}GET /none HTTP/1.1\r\nHost: x\r\n\r\n`);
    await raw.until(/^(HTTP\/1.1 200 (?:(?!HTTP\/1)[^])*){100}HTTP\/1.1 404 /);
    raw.write("\u0000\u0001garbage\r\n\r\n");
    await raw.until(/HTTP\/1.1 400 Bad Request\r\nConnection: close\r\n\r\n$/);
    await raw.ended;
  });
  test.each([
    [
      "a length and chunks",
      "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ["two lengths", "Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}   "],
    ["a length that is none", "Content-Length: +5\r\n\r\n{}   "],
    ["chunks of another name", "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"],
    ["a header in two lines", "X-A: 1\r\n b\r\nContent-Length : 5\r\n\r\n{}   "],
  ])("smuggling: %s is refused", async (_name, rest) => {
    const raw = await openTcp(server.url);
    raw.write(`POST /public/frames HTTP/1.1\r\nHost: x\r\n${rest}`);
    await raw.ended;
    expect(raw.text()).toMatch(/^HTTP\/1.1 400 /);
    expect(raw.text()).not.toContain("200 OK");
  });
  test("frames that come with the handshake, before its answer, are not lost", async () => {
    const raw = await openTcp(server.url);
    const ask = handshake("/ws", { "Sec-WebSocket-Protocol": `renus.v1, ${BEARER_PREFIX}${chat.token}` });
    raw.write(Buffer.concat([Buffer.from(ask), encodeFrame({ opcode: 1, payload: '{"type":"ping","t":9}' })]));
    await raw.until(/"type":"pong","t":9/);
    raw.socket.destroy();
  });
});

describe("who does not read", () => {
  const PAD = "x".repeat(32_000);
  /** Tells the chat's peers something every millisecond until one of them is gone; resolves with how much that was. */
  async function tellUntilOneIsGone(): Promise<number> {
    const { hub, bus } = server.deps;
    const { client_id } = chat.actor;
    const peers = hub.peerCount;
    let told = 0;
    for (; hub.peerCount === peers && told < 5000; told++) {
      const frame = { type: "error", code: "INTERNAL_ERROR", error: `${told} ${PAD}`, retryable: true } as const;
      bus.publish({ topic: "frame", client_id, conversation_id: chat.conversation_id, frame });
      // The kernel's buffers fill before ours do.
      await sleep(1);
    }
    expect(hub.peerCount).toBe(peers - 1);
    return told;
  }
  const numbers = (client: WsClient) => client.all("error").map(({ error }) => Number(error.split(" ")[0]));

  test("a socket is cut off, while the other tab hears everything and others are answered", async () => {
    const tab = await openWs(server.url, { token: chat.token });
    await tab.take("connected");
    const raw = await openRawWebSocket(server.url, chat.token);
    raw.socket.pause();
    const answers: number[] = [];
    let isOver = false;
    const asking = (async () => {
      while (!isOver) {
        const askedAt = performance.now();
        await bystander.settle();
        answers.push(performance.now() - askedAt);
      }
    })();
    const told = await tellUntilOneIsGone();
    isOver = true;
    await asking;
    await tab.settle();
    expect(numbers(tab)).toEqual(Array.from({ length: told }, (_, index) => index));
    expect(Math.max(...answers)).toBeLessThan(2000);
    // The closing handshake has its time; then nothing of it is left.
    await sleep(2500);
    raw.socket.resume();
    await raw.ended;
    await tab.close();
  });

  test("a stream of events is cut off, too", async () => {
    const raw = await openTcp(server.url);
    raw.write(`GET /public/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${chat.token}\r\n\r\n`);
    await raw.until(/"type":"connected"/);
    raw.socket.pause();
    await tellUntilOneIsGone();
    await sleep(2500);
    raw.socket.resume();
    await raw.ended;
    // A stream that had been kept would have come to its proper end by now.
    expect(raw.text().endsWith("0\r\n\r\n")).toBe(false);
  });

  test("streams of events that are hung up at once leave nothing behind", async () => {
    const { hub } = server.deps;
    const peers = hub.peerCount;
    for (let round = 0; round < 20; round++) {
      const raw = await openTcp(server.url);
      raw.write(`GET /public/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${chat.token}\r\n\r\n`);
      await sleep(round % 4);
      raw.socket.resetAndDestroy();
    }
    await expect.poll(() => hub.peerCount).toBe(peers);
  });
});

describe("a database that does not answer", () => {
  test("keeps frames waiting at their sender's, and all are done in order once it does", async () => {
    const raw = await openRawWebSocket(server.url, chat.token);
    let open = () => {};
    gate = new Promise((resolve) => (open = resolve));
    const { conversation_id } = chat;
    const frame = encodeFrame({
      opcode: 1,
      payload: JSON.stringify({ type: "typing", conversation_id, is_typing: true, padding: "x".repeat(30_000) }),
    });
    let accepted = 0;
    while (accepted < 60_000_000) {
      const isTaken = raw.socket.write(frame) || (await Promise.race([once(raw.socket, "drain"), sleep(500, null)])) !== null;
      if (!isTaken) break;
      accepted += frame.length;
    }
    // What the kernel holds on both sides, and a few dozen frames.
    expect(accepted).toBeLessThan(30_000_000);
    raw.write(encodeFrame({ opcode: 1, payload: '{"type":"ping","t":77}' }));
    gate = Promise.resolve();
    open();
    await raw.until(/"type":"pong","t":77/);
    raw.socket.destroy();
  });
});
