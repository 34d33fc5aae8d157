import { expect, test } from "vitest";
import { createFonts } from "./fonts.ts";

/** Every one of its texts is drawn as it is. */
const DRAWABLE: [language: string, text: string, families: RegExp][] = [
  ["English", "Ana's “shop”, 24/7 – €5…", /^noto-sans-latin$/],
  ["Portuguese", "Ação, pão & coração", /^noto-sans-latin$/],
  ["Polish", "Łódź", /^noto-sans-latin-ext,noto-sans-latin$/],
  ["Vietnamese", "Trợ lý tiệm bánh", /^noto-sans-vietnamese,/],
  ["Greek", "Βοηθός", /^noto-sans-greek$/],
  ["Ukrainian", "Помічник", /^noto-sans-cyrillic$/],
  ["Hindi", "बेकरी सहायक", /^noto-sans-devanagari$/],
  ["Hebrew", "עוזר המאפייה", /^noto-sans-hebrew-hebrew$/],
  ["Arabic", "مساعد المخبز", /^noto-sans-arabic-arabic$/],
  ["Thai", "ผู้ช่วย", /^noto-sans-thai-thai$/],
  ["Chinese", "你好,我是面包店助手", /noto-sans-sc-\d+$/],
  ["Japanese", "パン屋アシスタント東京", /^(noto-sans-jp-\d+,?)+$/],
  ["Korean", "빵집 도우미", /noto-sans-kr-\d+$/],
  ["emoji", "🍕❤️👍🏿1️⃣", /^(noto-emoji-\d,?)+$/],
];

const draw = (text: string, lang?: string) => {
  const registered: string[] = [];
  const { texts, families } = createFonts((font) => registered.push(font.name)).pick([text], lang);
  return { ...texts[0]!, families, registered };
};

test.each(DRAWABLE)("%s: %s", (_language, text, families) => {
  const drawn = draw(text);
  expect(drawn).toMatchObject({ text, isComplete: true });
  expect(drawn.families.join()).toMatch(families);
  expect(drawn.registered).toEqual(expect.arrayContaining(drawn.families));
});

test.each(["👨‍👩‍👧", "👩🏽‍🚀", "🇧🇷", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏳️‍🌈", "👩‍❤️‍👨"])("%s is one sign of one font, not its parts", (emoji) => {
  expect(draw(emoji)).toMatchObject({ text: emoji, isComplete: true, families: [expect.stringMatching(/^noto-emoji-\d$/)] });
});

test("letters that no font has are left out and reported, signs are left out", () => {
  expect(draw("თბილისი bar")).toMatchObject({ text: "bar", isComplete: false });
  expect(draw("\u{e000} Bar \u{10fffd}")).toMatchObject({ text: "Bar", isComplete: true });
  expect(draw("")).toMatchObject({ text: "", isComplete: true, families: [] });
});

test("signs that nobody sees need no font", () => {
  expect(draw("a\u200eb\ufe0f\u2060 \u{e0001}")).toMatchObject({ isComplete: true, families: ["noto-sans-latin"] });
});

test("a letter and its mark are one sign, however they were written", () => {
  expect(draw("e\u0301")).toMatchObject({ text: "é", isComplete: true });
});

test("the language decides about signs that several share", () => {
  expect(draw("東京").families.join()).toContain("noto-sans-sc");
  expect(draw("東京", "ja-JP").families.join()).toMatch(/^(noto-sans-jp-\d+,?)+$/);
  expect(draw("東京", "ko").families.join()).toMatch(/^(noto-sans-kr-\d+,?)+$/);
});

test("a slice is registered once", () => {
  const registered: string[] = [];
  const fonts = createFonts((font) => registered.push(font.name));
  fonts.pick(["Ana", "Bea"]);
  fonts.pick(["Cid"]);
  expect(registered).toEqual(["noto-sans-latin"]);
});
