import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const ROOT = new URL("../", import.meta.url);
const text = readFileSync(new URL("SECURITY.md", ROOT), "utf8");
/** Lines of the table: attack, file › test, result. */
const lines = [...text.matchAll(/^\| ([^|]+) \| `([^`]+)` › ([^|]+) \| ([^|]+) \|$/gm)].map(([, attack, path, name, result]) => ({
  attack: attack!,
  path: path!,
  name: name!,
  result: result!,
}));

describe("the table of attacks", () => {
  test("has a test and a result in every line", () => {
    const table = text.slice(text.indexOf("| attack | test | result |")).split("\n").slice(2);
    expect(lines.length).toBe(table.filter((line) => line.startsWith("|")).length);
    expect(lines.length).toBeGreaterThan(30);
  });
  test.each(lines)("$attack: the test exists", ({ path, name }) => {
    const file = new URL(path, ROOT);
    expect(existsSync(file), path).toBe(true);
    expect(readFileSync(file, "utf8").includes(`"${name}"`), `${path} › ${name}`).toBe(true);
  });
});
