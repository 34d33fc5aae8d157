import { describe, expect, test } from "vitest";
import { COMMANDS, findCommand, helpOf, overview, readCall } from "./commands.ts";

test("a command is found by its words, and by nothing less", () => {
  for (const command of COMMANDS) expect(findCommand([...command.name.split(" "), "rest"])).toEqual({ command, rest: ["rest"] });
  for (const words of [[], ["fly"], ["user"], ["add", "user"]]) expect(findCommand(words)).toBeNull();
});

test("the list names every command; each has its usage and its options in its help, within 120 characters a line", () => {
  for (const command of COMMANDS) {
    expect(overview()).toMatch(new RegExp(`^  ${command.name} +${command.summary}$`, "m"));
    const help = helpOf(command);
    expect(help).toMatch(new RegExp(`^Usage: renus ${command.name}`));
    for (const option of Object.keys(command.options)) expect(help).toContain(`--${option}`);
    for (const line of `${overview()}\n${help}`.split("\n")) expect(line.length).toBeLessThanOrEqual(120);
  }
});

describe("what is typed wrongly is told in words", () => {
  test.each([
    ["migrate --fast", "There is no option --fast."],
    ["migrate now", "“now” is one argument too many."],
    ["user add", "Something is missing."],
    ["user add x@example.test --name", "Option '--name <value>' argument missing."],
  ])("%s", (line, words) => {
    const { command, rest } = findCommand(line.split(" "))!;
    expect(() => readCall(command, rest)).toThrow(words);
  });
});
