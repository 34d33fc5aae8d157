import { expect, test } from "vitest";
import { findOverlaps } from "./topic-overlap.ts";

const one = (name: string, topics: string[], is_active = true) => ({ name, topics, is_active });

test("the same topic of two specialists, whatever its capitals and accents", () => {
  expect(findOverlaps([one("A", ["Preços", "menu"]), one("B", ["precos"])])).toEqual([
    { name: "A", topic: "Preços", otherName: "B", otherTopic: "precos", isSame: true },
  ]);
});

test("a topic within another's, from either side, by whole words", () => {
  const found = findOverlaps([one("A", ["delivery times", "team"]), one("B", ["Delivery", "tea"])]);
  expect(found).toEqual([{ name: "B", topic: "Delivery", otherName: "A", otherTopic: "delivery times", isSame: false }]);
});

test("who is off, and one's own topics, do not count", () => {
  expect(findOverlaps([one("A", ["menu", "menu of the day"]), one("B", ["menu"], false)])).toEqual([]);
});
