import { expect, test } from "vitest";
import { splitTopics, TOPIC_CHARS_MAX, TOPICS_MAX } from "./topics.ts";

test("lines, commas and semicolons part topics; spaces and doubles go, whatever their case", () => {
  expect(splitTopics(" prices ,opening   hours;\nPRICES\n\n,", ["delivery"])).toEqual(["delivery", "prices", "opening hours"]);
});
test("a pasted book stays within what the server takes", () => {
  const topics = splitTopics(Array.from({ length: 10_000 }, (_, n) => `topic ${n} ${"x".repeat(200)}`).join(","));
  expect(topics).toHaveLength(TOPICS_MAX);
  expect(topics.every((topic) => topic.length <= TOPIC_CHARS_MAX)).toBe(true);
});
