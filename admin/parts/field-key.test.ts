import { expect, test } from "vitest";
import { wizardStepBodies } from "../../protocol/requests.ts";
import { fieldKey } from "./field-key.ts";

test.each([
  ["Your e-mail?", "your_e_mail"],
  ["Número de pessoas", "numero_de_pessoas"],
  ["2 people", "field_2_people"],
  ["名前", "field"],
  ["🍋", "field"],
])("%s becomes %s", (label, key) => {
  expect(fieldKey(label, new Set())).toBe(key);
});

test("a key is never taken twice, and every key is one that the server takes", () => {
  const taken = new Set<string>();
  for (const label of ["Name", "name!", "NAME", "名", "前", "x".repeat(200), "x".repeat(199), "___", "9".repeat(80)]) {
    const key = fieldKey(label, taken);
    expect(taken.has(key)).toBe(false);
    taken.add(key);
    expect(wizardStepBodies[3].safeParse({ fields: [{ key, label: "Any", type: "text" }] }).success).toBe(true);
  }
});
