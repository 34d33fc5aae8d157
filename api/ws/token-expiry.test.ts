import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createTokenExpiry } from "./token-expiry.ts";

const SECOND = 1000;
const nowSeconds = () => Math.floor(Date.now() / SECOND);

let ended: string[];
const expiry = (name: string, endsIn: number) => {
  const one = createTokenExpiry(0, () => ended.push(name));
  one.renew(nowSeconds() + endsIn);
  return one;
};
beforeEach(() => {
  ended = [];
  vi.useFakeTimers({ now: 1_800_000_000_000 });
});
afterEach(() => void vi.useRealTimers());

test("each ends in its second, unless it was renewed or stopped", () => {
  const [, second, third] = [expiry("first", 2), expiry("second", 2), expiry("third", 2)];
  vi.advanceTimersByTime(SECOND);
  expect(ended).toEqual([]);
  second.renew(nowSeconds() + 10);
  third.stop();
  vi.advanceTimersByTime(SECOND);
  expect(ended).toEqual(["first"]);
  vi.advanceTimersByTime(9 * SECOND);
  expect(ended).toEqual(["first", "second"]);
  expect(vi.getTimerCount()).toBe(0);
});

test("a clock that jumps ahead ends what is over by then", () => {
  for (const name of ["first", "second"]) expiry(name, 100);
  const last = expiry("last", 10_000);
  vi.setSystemTime(Date.now() + 1000 * SECOND);
  vi.advanceTimersByTime(SECOND);
  expect(ended).toEqual(["first", "second"]);
  last.stop();
});

test("a clock that is set back keeps nobody longer than their own time", () => {
  const before = expiry("before", 10_000);
  vi.advanceTimersByTime(2 * SECOND);
  vi.setSystemTime(Date.now() - 600 * SECOND);
  expiry("after", 2);
  vi.advanceTimersByTime(3 * SECOND);
  expect(ended).toEqual(["after"]);
  before.stop();
});
