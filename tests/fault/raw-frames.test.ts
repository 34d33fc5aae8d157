import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { PublicSession } from "../../protocol/resources.ts";
import { isLong } from "../support/long.ts";
import { chooseSeed, seeded } from "../support/random.ts";
import { closeFrame, encodeFrame, openRawWebSocket, openTcp, type RawFrame, type RawWebSocket } from "../support/raw-socket.ts";
import { startRealServer, type RealServer } from "../support/real-server.ts";
import { openWs, type WsClient } from "../support/ws-client.ts";

/** Bytes that no client would send, at the server as people run it, while somebody else goes on chatting. */

let server: RealServer;
let attacker: PublicSession;
let bystander: WsClient;
let ending: string;

beforeAll(async () => {
  server = await startRealServer();
  const agent = await server.createPublishedAgent({ name: "Raw" });
  attacker = await server.createSession(agent.slug);
  bystander = await openWs(server.url, await server.createSession(agent.slug));
  await bystander.take("connected");
  ending = server.output();
});
afterEach(async () => {
  await bystander.settle();
  expect(server.output()).toBe(ending);
});
afterAll(async () => {
  await bystander.close();
  await server.remove();
});

const memoryMb = async () =>
  Number(/^process_resident_memory_bytes (\S+)/m.exec(await (await fetch(`${server.url}/metrics`)).text())![1]) / 2 ** 20;
const PING = JSON.stringify({ type: "ping", t: 5 });
const open = () => openRawWebSocket(server.url, attacker.token);
async function closesWith(code: number, ...frames: (RawFrame | Buffer)[]): Promise<void> {
  const raw = await open();
  for (const frame of frames) raw.write(Buffer.isBuffer(frame) ? frame : encodeFrame(frame));
  expect(await raw.closeCode()).toBe(code);
  raw.socket.destroy();
}

describe("a frame that breaks RFC 6455 closes with 1002", () => {
  const cases: Record<string, RawFrame[]> = {
    "not masked": [{ opcode: 1, payload: PING, masked: false }],
    "a close that is not masked": [{ opcode: 8, masked: false }],
    ...Object.fromEntries(
      [1, 2, 3, 4, 7].map((reserved) => [`reserved bits ${reserved}`, [{ opcode: 1, payload: PING, reserved }]]),
    ),
    ...Object.fromEntries([3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => [`opcode ${opcode}`, [{ opcode, payload: PING }]])),
    "a ping of 126 bytes": [{ opcode: 9, payload: "x".repeat(126) }],
    "a ping of 64 KiB": [{ opcode: 9, payload: "x".repeat(65_536) }],
    "a ping in fragments": [{ opcode: 9, payload: "x", fin: false }],
    "a close in fragments": [{ opcode: 8, payload: "", fin: false }],
    "the rest of nothing": [{ opcode: 0, payload: PING }],
    "the rest of a whole one": [
      { opcode: 1, payload: PING },
      { opcode: 0, payload: PING },
    ],
    "a text within a text": [
      { opcode: 1, payload: "{", fin: false },
      { opcode: 1, payload: PING },
    ],
    "a binary within a text": [
      { opcode: 1, payload: "{", fin: false },
      { opcode: 2, payload: PING },
    ],
    "reserved bits on the rest": [
      { opcode: 1, payload: "{", fin: false },
      { opcode: 0, payload: "}", reserved: 4 },
    ],
    "a close of one byte": [{ opcode: 8, payload: "x" }],
    "a close of 126 bytes": [{ opcode: 8, payload: "x".repeat(126) }],
  };
  test.each(Object.keys(cases))("%s", (name) => closesWith(1002, ...cases[name]!));
  test.each([0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1999, 2999, 5000, 65_535])("close with code %i", (code) =>
    closesWith(1002, closeFrame(code)),
  );
});

describe("the other close codes", () => {
  test.each([1000, 1001, 1003, 1007, 1011, 1014, 3000, 4000, 4999])("a close with %i comes back", (code) =>
    closesWith(code, closeFrame(code, "bye")),
  );
  test("1005: a close without a code", () => closesWith(1005, encodeFrame({ opcode: 8 })));
  test("1003: binary, whole and in fragments", async () => {
    await closesWith(1003, { opcode: 2, payload: PING });
    await closesWith(1003, { opcode: 2, payload: "{", fin: false }, { opcode: 0, payload: "}" });
  });
  test("1008: more than 16 fragments", () =>
    closesWith(
      1008,
      { opcode: 1, payload: "[", fin: false },
      ...Array<RawFrame>(20).fill({ opcode: 0, payload: "1", fin: false }),
    ));
  test("1009: larger than any frame, told or in fragments", async () => {
    const half = "x".repeat(20_000);
    await closesWith(1009, { opcode: 1, payload: half, fin: false }, { opcode: 0, payload: half });
    for (const length of [32_769n, 65_536n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n])
      await closesWith(1009, { opcode: 1, payload: "x", length });
  });
  const BAD_UTF8: Record<string, number[]> = {
    "a byte that is none": [0xff],
    "the rest of nothing": [0x80],
    "an end in the middle": [0xf0, 0x9f, 0x98],
    overlong: [0xc0, 0xaf],
    "overlong, longer": [0xe0, 0x80, 0xaf],
    "half a pair": [0xed, 0xa0, 0x80],
    "beyond Unicode": [0xf4, 0x90, 0x80, 0x80],
  };
  test.each(Object.keys(BAD_UTF8))("1007: %s, whole and at each split", async (name) => {
    const bytes = Buffer.concat([
      Buffer.from('"é'),
      Buffer.from(BAD_UTF8[name]!),
      Buffer.from(name === "an end in the middle" ? "" : '"'),
    ]);
    await closesWith(1007, { opcode: 1, payload: bytes });
    for (let at = 1; at < bytes.length; at++)
      await closesWith(
        1007,
        { opcode: 1, payload: bytes.subarray(0, at), fin: false },
        { opcode: 0, payload: bytes.subarray(at) },
      );
    await closesWith(1007, closeFrame(1000, bytes));
  });
});

describe("what is unusual and allowed", () => {
  test("a character split over fragments, with pings between them, is one frame", async () => {
    const raw = await open();
    const bytes = Buffer.from('{"type":"ping","t":1,"x":"😀"}');
    const at = bytes.indexOf(0xf0);
    for (let part = 0; part < 4; part++) {
      const payload =
        part === 0 ? bytes.subarray(0, at + 1) : part === 3 ? bytes.subarray(at + 3) : bytes.subarray(at + part, at + part + 1);
      raw.write(encodeFrame({ opcode: part === 0 ? 1 : 0, payload, fin: part === 3 }));
      raw.write(encodeFrame({ opcode: 9, payload: `between ${part}` }));
    }
    await raw.until(/"type":"pong","t":1/);
    await raw.until(/between 3/);
    raw.socket.destroy();
  });
  test("one byte at a time", async () => {
    const raw = await open();
    for (const byte of encodeFrame({ opcode: 1, payload: PING })) {
      raw.write(Buffer.from([byte]));
      await new Promise(setImmediate);
    }
    await raw.until(/"type":"pong","t":5/);
    raw.socket.destroy();
  });
  test("a pong that nobody asked for, and bytes after a close", async () => {
    await closesWith(1000, { opcode: 10, payload: "x" }, closeFrame(1000), { opcode: 1, payload: PING });
  });
});

describe("memory", () => {
  test("16,000 fragments of one byte, by many sockets: closed at the seventeenth", async () => {
    let before = await memoryMb();
    const flood = Buffer.concat([
      encodeFrame({ opcode: 1, payload: "[", fin: false }),
      ...Array.from({ length: 16_000 }, () => encodeFrame({ opcode: 0, payload: "1", fin: false })),
    ]);
    for (let round = 0; round < (isLong ? 40 : 4); round++) {
      const raws = await Promise.all(Array.from({ length: 25 }, open));
      for (const raw of raws) raw.write(flood);
      for (const code of await Promise.all(raws.map((raw) => raw.closeCode()))) expect([1008, 1006]).toContain(code);
      for (const raw of raws) raw.socket.destroy();
      await bystander.settle();
      // The room that the first rounds needed is kept; what grows from there on would be a leak.
      if (round === 9) before = await memoryMb();
    }
    expect((await memoryMb()) - before).toBeLessThan(80);
  });

  test("messages that begin and never end: one frame's worth each", async () => {
    const before = await memoryMb();
    const raws = await Promise.all(Array.from({ length: 45 }, open));
    for (const raw of raws) raw.write(encodeFrame({ opcode: 1, payload: "x".repeat(32_000), length: 32_768n }));
    await bystander.settle();
    expect((await memoryMb()) - before).toBeLessThan(40);
    for (const raw of raws) raw.socket.destroy();
  });
});

/** Frames that would be fine, changed at random. */
function mutated(random: () => number, conversationId: string): Buffer {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const texts = [
    PING,
    JSON.stringify({ type: "typing", conversation_id: conversationId, is_typing: true }),
    JSON.stringify({ type: "sync", cursors: { [conversationId]: 0 } }),
    JSON.stringify({ type: "read", conversation_id: conversationId, message_id: randomUUID() }),
    JSON.stringify({ type: "resume", message_id: randomUUID(), attempt: 0, from: 0 }),
    "{}",
    "é😀\u0000",
  ];
  const frames = Array.from({ length: 1 + Math.floor(random() * 8) }, () =>
    encodeFrame({
      opcode: random() < 0.7 ? 1 : Math.floor(random() * 16),
      payload: random() < 0.9 ? pick(texts) : Buffer.from(Array.from({ length: random() * 300 }, () => random() * 256)),
      fin: random() < 0.85,
      masked: random() < 0.95,
      reserved: random() < 0.9 ? 0 : Math.floor(random() * 8),
      ...(random() < 0.05 && { length: BigInt(Math.floor(random() * 2 ** 40)) }),
    }),
  );
  const bytes = Buffer.concat(frames);
  for (let flips = random() < 0.5 ? 0 : random() * 6; flips > 0; flips--) {
    const at = Math.floor(random() * bytes.length);
    bytes[at] = bytes[at]! ^ (1 << Math.floor(random() * 8));
  }
  return random() < 0.8 ? bytes : bytes.subarray(0, Math.floor(random() * bytes.length));
}

test("random frames, whole, broken and in pieces", { timeout: isLong ? 600_000 : 60_000 }, async () => {
  const seed = chooseSeed("random frames");
  const random = seeded(seed);
  const before = await memoryMb();
  const codes = new Map<number, number>();
  for (let round = 0; round < (isLong ? 1000 : 12); round++) {
    const raws: RawWebSocket[] = await Promise.all(Array.from({ length: 25 }, open));
    await Promise.all(
      raws.map(async (raw) => {
        const bytes = mutated(random, attacker.conversation_id);
        for (let at = 0; at < bytes.length;) {
          const length = 1 + Math.floor(random() * (random() < 0.5 ? 4 : 400));
          raw.write(bytes.subarray(at, at + length));
          at += length;
          if (random() < 0.1) await new Promise(setImmediate);
        }
        // Some go without a word, some in the middle of a sentence, some properly.
        if (random() < 0.3) raw.socket.resetAndDestroy();
        else if (random() < 0.5) raw.socket.end();
        else raw.write(closeFrame(1000));
        const code = await Promise.race([raw.closeCode(), sleep(250, -1)]);
        raw.socket.destroy();
        codes.set(code, (codes.get(code) ?? 0) + 1);
      }),
    );
    // Not each time: a visitor has 120 frames a minute.
    if (round % 10 === 0) await bystander.settle();
  }
  // -1: what follows the header of a long frame is still awaited, and so is its close. That is the heartbeat's matter.
  const known = [-1, 1000, 1002, 1003, 1005, 1006, 1007, 1008, 1009];
  expect([...codes.keys()].filter((code) => !known.includes(code))).toEqual([]);
  expect(codes.get(1002)).toBeGreaterThan(10);
  expect((await memoryMb()) - before).toBeLessThan(100);
});

test("random bytes instead of a handshake, and after one", { timeout: isLong ? 300_000 : 30_000 }, async () => {
  const random = seeded(chooseSeed("random handshakes"));
  const noise = () => Buffer.from(Array.from({ length: 1 + random() * 500 }, () => Math.floor(random() * 256)));
  for (let round = 0; round < (isLong ? 200 : 5); round++) {
    const raws = await Promise.all(Array.from({ length: 20 }, () => openTcp(server.url)));
    for (const [index, raw] of raws.entries()) {
      const start = ["", "GET ", "GET /ws HTTP/1.1\r\n", "POST /public/frames HTTP/1.1\r\nContent-Length: 10\r\n\r\n"][
        index % 4
      ]!;
      raw.write(Buffer.concat([Buffer.from(start), noise()]));
      raw.socket.end();
    }
    await Promise.all(raws.map((raw) => Promise.race([once(raw.socket, "close"), sleep(10_000)])));
    for (const raw of raws) raw.socket.destroy();
  }
});
