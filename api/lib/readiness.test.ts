import { expect, test, vi } from "vitest";
import { createReadiness } from "./readiness.ts";

test("a check that throws or says no makes it not ready; one that is not needed is told alone", async () => {
  const readiness = createReadiness();
  readiness.add("fine", () => true);
  readiness.add("bus", () => false, { isNeeded: false });
  expect(await readiness.read()).toEqual({ isReady: true, checks: { fine: true, bus: false } });
  readiness.add("broken", () => Promise.reject(new Error("no")));
  expect(await readiness.read()).toEqual({ isReady: false, checks: { fine: true, bus: false, broken: false } });
});

test("a check that hangs has failed after a while, and is not begun again before it ends", async () => {
  vi.useFakeTimers();
  try {
    const readiness = createReadiness();
    let begun = 0;
    let finish = (_: boolean) => {};
    readiness.add("database", () => {
      begun++;
      return new Promise((resolve) => (finish = resolve));
    });
    for (let times = 0; times < 3; times++) {
      const reading = readiness.read();
      await vi.advanceTimersByTimeAsync(1500);
      expect(await reading).toEqual({ isReady: false, checks: { database: false } });
    }
    expect(begun).toBe(1);
    finish(true);
    await vi.advanceTimersByTimeAsync(0);
    const reading = readiness.read();
    finish(true);
    expect((await reading).isReady).toBe(true);
    expect(begun).toBe(2);
  } finally {
    vi.useRealTimers();
  }
});

test("once it is stopping it is not ready, whatever the checks say", async () => {
  const readiness = createReadiness();
  readiness.add("fine", () => true);
  readiness.end();
  expect(await readiness.read()).toEqual({ isReady: false, checks: { not_stopping: false } });
});
