import { expect, test } from "vitest";
import fc from "fast-check";
import { slugSchema } from "../../protocol/requests.ts";
import { firstFreeSlug, slugify } from "./slug.ts";

test.each([
  ["Padaria São João", "padaria-sao-joao"],
  ["Größe & Straße", "grosse-and-strasse"],
  ["L'Œuvre d’Ève", "loeuvre-deve"],
  ["Łódź Ærø", "lodz-aero"],
  ["Борщ и Щи", "borshch-i-shchi"],
  ["Київ", "kiyiv"],
  ["Ταβέρνα Ψαράς", "taverna-psaras"],
  ["مساعد", "msaad"],
  ["שלום", "shlvm"],
  ["İstanbul", "istanbul"],
  ["Ａｇｅｎｔ １２", "agent-12"],
  ["東京ラーメン", "agent"],
  ["東京 Bikes", "bikes"],
  ["🚲🚲", "agent"],
  ["--- ... ---", "agent"],
  ["", "agent"],
])("%s → %s", (name, slug) => {
  expect(slugify(name)).toBe(slug);
});

test("whatever the name, the slug is valid and has room for a number", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (name) => {
      const slug = slugify(name);
      expect(slugSchema.safeParse(`${slug}-9999`).success).toBe(true);
      expect(slugify(slug)).toBe(slug);
    }),
  );
});

test("the first free number", () => {
  expect(firstFreeSlug("a", new Set())).toBe("a");
  expect(firstFreeSlug("a", new Set(["a", "a-2", "a-4"]))).toBe("a-3");
});
