import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { words as es } from "./es.ts";
import { words as ptBr } from "./pt-br.ts";

const LITERAL = String.raw`"((?:[^"\\]|\\.)*)"`;
/** `t("…")`, `t(condition ? "…" : "…")`, `plural(count, "…", "…")`. */
const CALLS = [
  new RegExp(String.raw`(?<![\w.])t\(\s*${LITERAL}`, "g"),
  new RegExp(String.raw`(?<![\w.])t\([^"()]*\? ${LITERAL} : ${LITERAL}`, "g"),
  new RegExp(String.raw`(?<![\w.])plural\([^"]*?${LITERAL},\s*${LITERAL}`, "g"),
];

/** Every sentence that the panel says. */
function sentences(): Set<string> {
  const found = new Set<string>();
  for (const path of globSync("admin/**/*.ts", { exclude: ["admin/i18n/**"] })) {
    const text = readFileSync(path, "utf8");
    for (const call of CALLS)
      for (const [, ...literals] of text.matchAll(call))
        for (const literal of literals) if (literal !== undefined) found.add(JSON.parse(`"${literal}"`) as string);
  }
  return found;
}
const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).toSorted();

test.each([
  ["pt-BR", ptBr],
  ["es", es],
])("%s has every sentence of the panel, and no others", (_, words) => {
  const said = sentences();
  expect(said.size).toBeGreaterThan(100);
  expect({
    missing: [...said].filter((sentence) => !Object.hasOwn(words, sentence)),
    left_over: Object.keys(words).filter((sentence) => !said.has(sentence)),
  }).toEqual({ missing: [], left_over: [] });
  for (const [sentence, translation] of Object.entries(words)) {
    expect(placeholders(translation), sentence).toEqual(placeholders(sentence));
    expect(translation.trim(), sentence).not.toBe("");
  }
});
