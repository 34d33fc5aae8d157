import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Counters } from "../counters/counters.ts";
import { createMemoryCounters } from "../counters/memory.ts";
import { createBrake, createRateLimit } from "./rate-limits.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a limit lets pointsMax pass in its window, then says how long to wait", async () => {
  const limit = createRateLimit(createMemoryCounters(), {
    name: "a limit",
    pointsMax: 2,
    windowMs: 60_000,
    message: "Slowly, please.",
  });
  await limit.take("a");
  await limit.take("a");
  await limit.take("b");
  const refusal = await limit.take("a").catch((err: unknown) => err);
  expect(refusal).toMatchObject({ code: "RATE_LIMITED", message: "Slowly, please." });
  const { retry_after_ms } = (refusal as { details: { retry_after_ms: number } }).details;
  expect(retry_after_ms).toBeGreaterThan(59_000);
  expect(retry_after_ms).toBeLessThanOrEqual(60_000);
  vi.advanceTimersByTime(60_001);
  await limit.take("a");
  await limit.take("a");
  limit.giveBack("a");
  await limit.take("a");
  await expect(limit.take("a")).rejects.toMatchObject({ code: "RATE_LIMITED" });
});

test("nodes that set points aside never let more pass together, ask seldom, and leave what is scarce to each other", async () => {
  let asked = 0;
  const counters = createMemoryCounters();
  const counting: Counters = { ...counters, add: (...args) => (asked++, counters.add(...args)) };
  const options = { name: "a limit", pointsMax: 20, windowMs: 60_000, ahead: 5 };
  const nodes = Array.from({ length: 10 }, () => createRateLimit(counting, options));
  for (let n = 0; n < 5; n++) await nodes[0]!.take("a");
  expect(asked).toBe(1);
  // The others have not used anything yet: each may.
  for (const node of nodes.slice(1)) await node.take("a");
  const rest = await Promise.allSettled(nodes.flatMap((node) => Array.from({ length: 10 }, () => node.take("a"))));
  const passed = rest.filter(({ status }) => status === "fulfilled").length;
  expect(5 + 9 + passed).toBeLessThanOrEqual(20);
  expect(passed).toBeGreaterThan(0);
});

test("many at the same moment share what was set aside", async () => {
  const limit = createRateLimit(createMemoryCounters(), { name: "a limit", pointsMax: 20, windowMs: 60_000, ahead: 5 });
  const results = await Promise.allSettled(Array.from({ length: 50 }, () => limit.take("a")));
  expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(20);
});

const brake = () => createBrake(createMemoryCounters(), { name: "a brake", freeAttempts: 3, firstRestMs: 1000, restMsMax: 4000 });

test("a brake lets free attempts pass, then rests twice as long after each up to a maximum", async () => {
  const { attempt } = brake();
  expect(await Promise.all([attempt("a"), attempt("a"), attempt("a")])).toEqual([0, 0, 0]);
  for (const restMs of [1000, 2000, 4000, 4000]) {
    const waitMs = await attempt("a");
    expect(waitMs).toBeGreaterThan(restMs - 50);
    expect(waitMs).toBeLessThanOrEqual(restMs);
    expect(await attempt("b")).toBe(0);
    vi.advanceTimersByTime(restMs + 1);
    expect(await attempt("a")).toBe(0);
    if (restMs === 1000) expect(await attempt("a")).toBeGreaterThan(1000);
  }
});

test("a brake is not outrun by guesses at the same moment", async () => {
  const { attempt } = brake();
  const waits = await Promise.all(Array.from({ length: 100 }, () => attempt("a")));
  expect(waits.filter((waitMs) => waitMs === 0)).toHaveLength(3);
});

test("forgiving forgets a key, giving back forgets one attempt", async () => {
  const { attempt, forgive, giveBack } = brake();
  for (let n = 0; n < 3; n++) await attempt("a");
  expect(await attempt("a")).toBeGreaterThan(0);
  await forgive("a");
  for (let n = 0; n < 10; n++) {
    expect(await attempt("a")).toBe(0);
    await giveBack("a");
  }
});

test("a brake forgets after an hour", async () => {
  const { attempt } = brake();
  for (let n = 0; n < 4; n++) await attempt("a");
  vi.advanceTimersByTime(3_600_001);
  expect(await Promise.all([attempt("a"), attempt("a")])).toEqual([0, 0]);
});
