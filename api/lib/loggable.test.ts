import { expect, test } from "vitest";
import { loggable } from "./loggable.ts";

test("keeps what helps, and the place", () => {
  const told = loggable(Object.assign(new TypeError("x is not a function"), { code: "ERR_X" }));
  expect(told).toMatchObject({ name: "TypeError", code: "ERR_X", message: "x is not a function" });
  expect(told.stack).toContain("loggable.test.ts");
});

test.each([
  ["a database", Object.assign(new Error('invalid input syntax for type uuid: "my secret"'), { code: "22P02" })],
  ["a parser", new SyntaxError(`Unexpected token 'm', "my secret" is not valid JSON`)],
  ["nobody in particular", "my secret"],
])("the words of %s stay out, wherever they stand", (_, err) => {
  expect(JSON.stringify(loggable(err))).not.toContain("my secret");
});
