import fc from "fast-check";
import { expect, test } from "vitest";
import { reconnectDelayMs } from "./backoff.ts";

test("the first wait is one second, give or take half of it", () => {
  expect(reconnectDelayMs(0, 0)).toBe(500);
  expect(reconnectDelayMs(0, 0.5)).toBe(1000);
  expect(reconnectDelayMs(0, 0.999)).toBeLessThan(1500);
});

test("later waits use the whole range and never exceed 30 s", () => {
  expect(reconnectDelayMs(3, 0)).toBe(0);
  expect(reconnectDelayMs(3, 0.5)).toBe(4000);
  fc.assert(
    fc.property(fc.nat(10_000), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, random) => {
      const delay = reconnectDelayMs(attempt, random);
      expect(delay).toBeGreaterThanOrEqual(0);
      expect(delay).toBeLessThanOrEqual(30_000);
    }),
  );
});
