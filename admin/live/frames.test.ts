import { expect, test } from "vitest";
import { inFrames } from "./frames.ts";

test("all items come in their order, a few at a time, with time for the page between them", async () => {
  const seen: (number[] | string)[] = [];
  const done = inFrames([1, 2, 3, 4, 5], 2, (some) => {
    seen.push(some);
    setTimeout(() => seen.push("page"));
    return true;
  });
  expect(seen).toEqual([[1, 2]]);
  await done;
  expect(seen).toEqual([[1, 2], "page", [3, 4], "page", [5], "page"]);
});

test("it ends where nobody wants more", async () => {
  const seen: number[][] = [];
  await inFrames([1, 2, 3], 1, (some) => seen.push(some) < 2);
  expect(seen).toEqual([[1], [2]]);
});
