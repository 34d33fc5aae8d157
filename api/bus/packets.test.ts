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
        for (const payload of splitPacket("other>me", number + 1, text, payloadBytesMax)) {
          expect(bytes(payload)).toBeLessThanOrEqual(payloadBytesMax);
          const whole = read(payload);
          if (whole === null) continue;
          expect(whole).toMatchObject({ from: "other", isAfterGap: false });
          heard.push(whole.text);
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
          const payloads = splitPacket(node, number + 1, text, payloadBytesMax);
          const arriving = isCut ? payloads.slice(0, -1) : payloads;
          for (const payload of isRepeated ? [...arriving, ...arriving] : arriving) {
            const whole = read(payload);
            if (whole !== null) heard.push(whole.text);
          }
          if (node !== "me" && !isCut) expected.push(text);
        });
        expect(heard).toEqual(expected);
      },
    ),
  );
});

test("a packet that never came is noticed with the next one of its sender, and no other packet", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom("a", "b", "a>me"), fc.boolean()), { maxLength: 20 }), (packets) => {
      const read = createPacketReader("me");
      const numbers = new Map<string, number>();
      const missing = new Set<string>();
      for (const [sender, isLost] of packets) {
        const number = (numbers.get(sender) ?? 0) + 1;
        numbers.set(sender, number);
        if (isLost) missing.add(sender);
        else expect(read(`${sender} ${number} 0 1 []`)).toMatchObject({ from: sender[0], isAfterGap: missing.delete(sender) });
      }
    }),
  );
});

test("what is no packet is nothing", () => {
  const read = createPacketReader("me");
  for (const payload of ["", "hello", "a 1 0", "a 1 1 2 second half", "a x 0 1 []", " 1 0 1 []"])
    expect(read(payload)).toBeNull();
});
