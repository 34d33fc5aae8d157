import fc from "fast-check";
import { expect, test } from "vitest";
import { nextSentences, withoutMarks } from "./sentences.ts";

test("a sentence is said when it is whole, the rest at the end", () => {
  expect(nextSentences("Hello th", 0, false)).toEqual({ say: "", upTo: 0 });
  const first = nextSentences("Hello there. How a", 0, false);
  expect(first.say).toBe("Hello there.");
  expect(nextSentences("Hello there. How are you", first.upTo, true).say).toBe("How are you");
});

test("a decimal point ends no sentence", () => {
  expect(nextSentences("It costs 3.50 now", 0, false).say).toBe("");
});

test("however the text arrives, every letter is said once", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("a", "b. ", "c! ", " ", "d\n", "3.5"), { maxLength: 30 }), (parts) => {
      let text = "";
      let from = 0;
      let said = "";
      const step = (isDone: boolean) => {
        const { say, upTo } = nextSentences(text, from, isDone);
        said += say;
        from = upTo;
      };
      for (const part of parts) {
        text += part;
        step(false);
      }
      step(true);
      expect(said.replace(/\s/g, "")).toBe(text.replace(/\s/g, ""));
    }),
  );
});

test.each([
  ["**Bold** and _it_ and `code` and snake_case", "Bold and it and code and snake_case"],
  ["## Title\n- one\n- two", "Title\n one\n two"],
  ["See [our page](https://example.com/a_b).", "See our page."],
  ["2 - 1 and a-b", "2 - 1 and a-b"],
])("%j is read as words", (text, words) => {
  expect(withoutMarks(text)).toBe(words);
});
