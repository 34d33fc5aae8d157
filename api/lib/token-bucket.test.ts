import fc from "fast-check";
import { expect, it } from "vitest";
import { createKeyedBuckets, createTokenBucket } from "./token-bucket.ts";

it("lets a burst through, then tells how long to wait, exactly", () => {
  let now = 0;
  const bucket = createTokenBucket(3, 60_000, () => now);
  expect([bucket.take(), bucket.take(), bucket.take()]).toEqual([0, 0, 0]);
  const waitMs = bucket.take();
  expect(waitMs).toBe(20_000);
  now += waitMs - 1;
  expect(bucket.take()).toBeGreaterThan(0);
  now += 1;
  expect(bucket.take()).toBe(0);
});

it("never gives more than its capacity and its rate, whatever the times", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(5000), { maxLength: 200 }), (pauses) => {
      let now = 0;
      const bucket = createTokenBucket(10, 10_000, () => now);
      let taken = 0;
      for (const pause of pauses) {
        now += pause;
        if (bucket.take() === 0) taken += 1;
      }
      expect(taken).toBeLessThanOrEqual(10 + now / 1000 + 1e-6);
    }),
  );
});

it("takes back what did not count, never above the capacity", () => {
  const bucket = createTokenBucket(1, 60_000, () => 0);
  bucket.give();
  expect(bucket.take()).toBe(0);
  expect(bucket.take()).toBeGreaterThan(0);
  bucket.give();
  expect(bucket.take()).toBe(0);
});

it("keeps keys apart", () => {
  const buckets = createKeyedBuckets(1, 60_000);
  expect(buckets.of("a").take()).toBe(0);
  expect(buckets.of("a").take()).toBeGreaterThan(0);
  expect(buckets.of("b").take()).toBe(0);
});
