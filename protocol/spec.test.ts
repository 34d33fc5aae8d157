import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");
const spec = readFileSync(resolve(import.meta.dirname, "SPEC.md"), "utf8");
const invariants = spec.split(/^(?=\*\*[A-Z]\d+\*\*)/m).slice(1);

describe("SPEC.md", () => {
  it("numbers its invariants without a gap", () => {
    const numbers = new Map<string, number[]>();
    for (const [, letter, number] of spec.matchAll(/^\*\*([A-Z])(\d+)\*\*/gm)) {
      numbers.set(letter!, [...(numbers.get(letter!) ?? []), Number(number)]);
    }
    expect(invariants.length).toBeGreaterThan(25);
    for (const list of numbers.values()) expect(list).toEqual(list.map((_, index) => index + 1));
  });

  it.each(invariants.map((text) => [/\*\*(\w+)\*\*/.exec(text)![1]!, text] as const))("%s names tests that exist", (_, text) => {
    const named = [...text.matchAll(/^- `([^`]+)` › (.+)$/gm)];
    expect(named.length).toBeGreaterThan(0);
    for (const [, path, name] of named) {
      const file = resolve(root, path!);
      expect(existsSync(file), path).toBe(true);
      expect(readFileSync(file, "utf8").includes(`"${name}"`), `${path} › ${name}`).toBe(true);
    }
  });
});
