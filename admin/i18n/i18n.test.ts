import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { words as spanish } from "./es.ts";
import { words as portuguese } from "./pt-br.ts";

const files = globSync("admin/**/*.ts").filter((path) => !path.startsWith("admin/i18n/") && !path.endsWith(".test.ts"));
const literal = /^("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')/;

/** The text of a string literal. */
function textOf(quoted: string): string {
  const inside = quoted.slice(1, -1).replace(/\\(['"])/g, "$1");
  return JSON.parse(
    `"${inside.replace(/"/g, '\\"').replace(/\\u\{(\w+)\}/g, (_all, hex: string) => `\\u${hex.padStart(4, "0")}`)}"`,
  );
}

/** Arguments of the call whose parenthesis was opened before `start`. */
function argumentsAt(source: string, start: number): string[] {
  const found = [""];
  for (let at = start, depth = 0; at < source.length; at++) {
    const quoted = literal.exec(source.slice(at, at + 2000))?.[0];
    if (quoted) {
      found[found.length - 1] += quoted;
      at += quoted.length - 1;
      continue;
    }
    const char = source[at]!;
    if ("([{".includes(char)) depth++;
    else if (")]}".includes(char) && depth-- === 0) break;
    if (char === "," && depth === 0) found.push("");
    else found[found.length - 1] += char;
  }
  return found.map((argument) => argument.trim());
}

const sentences = new Set<string>();
/** Calls whose sentence is not one literal, which nobody could translate. */
const composed: string[] = [];
for (const path of files) {
  const source = readFileSync(path, "utf8");
  for (const call of source.matchAll(/(?<![\w$.])(t|plural)\(/g)) {
    const given = argumentsAt(source, call.index + call[0].length);
    for (const argument of call[1] === "t" ? given.slice(0, 1) : given.slice(1, 3)) {
      const quoted = literal.exec(argument)?.[0];
      if (quoted && quoted === argument) sentences.add(textOf(quoted));
      else composed.push(`${path}: ${call[0]}${argument}`);
    }
  }
}
const placeholders = (sentence: string) => [...sentence.matchAll(/\{\w+\}/g)].map(([name]) => name).sort();

test("every sentence is one literal", () => {
  expect(sentences.size).toBeGreaterThan(50);
  expect(composed).toEqual([]);
});

test.each([
  ["Portuguese", portuguese],
  ["Spanish", spanish],
])("%s has every sentence of the panel, with the same placeholders, and no other", (_name, words) => {
  const has = (sentence: string) => Object.hasOwn(words, sentence);
  expect({
    missing: [...sentences].filter((sentence) => !has(sentence)).sort(),
    left_over: Object.keys(words).filter((sentence) => !sentences.has(sentence)),
    other_placeholders: Object.entries(words)
      .filter(([sentence, translated]) => placeholders(sentence).join() !== placeholders(translated).join())
      .map(([sentence]) => sentence),
  }).toEqual({ missing: [], left_over: [], other_placeholders: [] });
});
