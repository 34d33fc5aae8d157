import fc from "fast-check";
import { expect, test } from "vitest";
import { createPacketReader, splitPacket } from "./packets.ts";

const bytes = (text: string) => Buffer.byteLength(text);
const texts = fc.string({ unit: "grapheme", minLength: 1, maxLength: 400 });
const sizes = fc.integer({ min: 84, max: 300 });

test("any text, in payloads of any size, comes out as it went in; none is too long", () => {
  fc.assert(
    fc.property(fc.array(texts, { maxLength: 5 }), sizes, (sent, payloadBytesMax) => {
      const read = createPacketReader("me");
      const heard: string[] = [];
      sent.forEach((text, number) => {
        for (const payload of splitPacket("other", number, text, payloadBytesMax)) {
          expect(bytes(payload)).toBeLessThanOrEqual(payloadBytesMax);
          const whole = read(payload);
          if (whole !== null) heard.push(whole);
        }
      });
      expect(heard).toEqual(sent);
    }),
  );
});

test("packets of many nodes may mix, repeat, and lose parts: what comes out is whole, once, and in order", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom("a", "b", "me"), texts, fc.boolean(), fc.boolean()), { maxLength: 12 }),
      sizes,
      (packets, payloadBytesMax) => {
        const read = createPacketReader("me");
        const heard: string[] = [];
        const expected: string[] = [];
        packets.forEach(([node, text, isRepeated, isCut], number) => {
          const payloads = splitPacket(node, number, text, payloadBytesMax);
          const arriving = isCut ? payloads.slice(0, -1) : payloads;
          for (const payload of isRepeated ? [...arriving, ...arriving] : arriving) {
            const whole = read(payload);
            if (whole !== null) heard.push(whole);
          }
          if (node !== "me" && !isCut) expected.push(text);
        });
        expect(heard).toEqual(expected);
      },
    ),
  );
});

test("what is no packet is nothing", () => {
  const read = createPacketReader("me");
  for (const payload of ["", "hello", "a 1 0", "a 1 1 2 second half", "a x 0 1 []", " 1 0 1 []"])
    expect(read(payload)).toBeNull();
});
