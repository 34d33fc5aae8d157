import { expect, test } from "vitest";
import { readRetryAfter } from "./retry-after.ts";

const NOW = Date.UTC(2026, 0, 1);

test.each([
  ["120", 120_000],
  ["0", 0],
  ["Thu, 01 Jan 2026 00:01:00 GMT", 60_000],
  ["Wed, 31 Dec 2025 23:59:00 GMT", 0],
  ["soon", null],
  ["-5", null],
  ["1.5", 1500],
  ["", null],
  [undefined, null],
])("Retry-After: %s", (header, wanted) => {
  expect(readRetryAfter(header, NOW)).toBe(wanted);
});
