import { PNG } from "pngjs";
import { expect, test } from "vitest";
import { AppError } from "../../errors.ts";
import type { AppIcon, ShareCard } from "./picture.ts";
import { createPictures, pictureTag } from "./pictures.ts";

const CARD: ShareCard = {
  kind: "card",
  name: "Ana",
  description: "Answers questions about cakes.",
  accent: "#4a58d8",
  hint: "Chat",
  address: "chat.example.com/a/ana",
  lang: null,
};
const ICON: AppIcon = { kind: "icon", name: "Ana Bell", accent: "#facc15", size: 192, shape: "full" };
const pictures = createPictures();

async function draw(picture: ShareCard | AppIcon) {
  const png = PNG.sync.read(Buffer.from(await pictures.draw(picture)));
  const at = (x: number, y: number) => [...png.data.subarray((y * png.width + x) * 4, (y * png.width + x) * 4 + 4)];
  /** Share of the pixels in the middle that have the colour exactly. */
  const share = (color: number[]) => {
    let found = 0;
    for (let i = 0; i < png.data.length; i += 4) if (color.every((value, part) => png.data[i + part] === value)) found++;
    return found / (png.width * png.height);
  };
  return { size: [png.width, png.height], at, share, data: png.data };
}
const INDIGO = [0x4a, 0x58, 0xd8, 255];
const WHITE = [255, 255, 255, 255];
const BLACK = [0, 0, 0, 255];

test("a card has the size that networks want, the agent's colour, and text that can be read on it", async () => {
  const dark = await draw(CARD);
  expect(dark.size).toEqual([1200, 630]);
  expect(dark.at(2, 627)).toEqual(INDIGO);
  expect(dark.share(WHITE)).toBeGreaterThan(0.015);
  expect(dark.share(BLACK)).toBe(0);
  const light = await draw({ ...CARD, accent: "#facc15" });
  expect(light.share(BLACK)).toBeGreaterThan(0.015);
  expect(light.share(WHITE)).toBe(0);
});

test.each([
  ["120 wide letters", "W".repeat(120), "W".repeat(2000)],
  ["one endless word", "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft", null],
  ["right to left", "مساعد المخبز الذكي", "يجيب على أسئلتك"],
  ["Chinese", "你好,我是面包店助手", "回答关于蛋糕和面包的所有问题。".repeat(60)],
  ["emoji", "🍕 Pizzaria 👨‍👩‍👧 🇧🇷", "🚀❤️"],
  ["a script without a font", "თბილისი", "არ"],
  ["markup", '<b>&amp;"', "</svg><script>"],
])("%s: the margins stay free", async (_what, name, description) => {
  const card = await draw({ ...CARD, name, description });
  expect(card.size).toEqual([1200, 630]);
  for (const y of [3, 20, 40, 575, 590, 610, 627])
    for (let x = 0; x < 60; x++) if (y > 570 || x < 40) expect([x, y, card.at(x, y)]).not.toEqual([x, y, WHITE]);
  for (let y = 0; y < 630; y++) for (const x of [10, 60, 1150, 1190]) expect([x, y, card.at(x, y)]).not.toEqual([x, y, WHITE]);
  expect(card.share(WHITE)).toBeGreaterThan(0.01);
});

test("an icon is cut to its shape, or leaves that to the system", async () => {
  const full = await draw(ICON);
  expect(full.size).toEqual([192, 192]);
  expect(full.at(0, 0)).toEqual([0xfa, 0xcc, 0x15, 255]);
  // All that matters is within the middle 80 %.
  for (let x = 0; x < 192; x++)
    for (let y = 0; y < 192; y++)
      if (Math.hypot(x - 96, y - 96) > 0.4 * 192) expect(full.at(x, y)).toEqual([0xfa, 0xcc, 0x15, 255]);
  expect(full.share(BLACK)).toBeGreaterThan(0.03);
  const rounded = await draw({ ...ICON, size: 512, shape: "rounded" });
  expect(rounded.size).toEqual([512, 512]);
  expect(rounded.at(0, 0)[3]).toBe(0);
  expect(rounded.at(256, 4)).toEqual([0xfa, 0xcc, 0x15, 255]);
});

test("initials that no font has become a speech bubble, never an empty box", async () => {
  const one = await draw({ ...ICON, name: "თბილისი" });
  expect(one.share(BLACK)).toBeGreaterThan(0.05);
  expect(one.data.equals((await draw({ ...ICON, name: "ბათუმი" })).data)).toBe(true);
  expect(one.data.equals((await draw(ICON)).data)).toBe(false);
});

test("the same is drawn once, kept within the bound, and named by its content", async () => {
  const [first, second] = await Promise.all([pictures.draw(CARD), pictures.draw({ ...CARD })]);
  expect(second).toBe(first);
  expect(await pictures.draw(CARD)).toBe(first);
  const small = createPictures({ bytesMax: first.byteLength + 10 });
  const kept = await small.draw(CARD);
  expect(await small.draw(CARD)).toBe(kept);
  await small.draw(ICON);
  expect(await small.draw(CARD)).not.toBe(kept);
  expect(pictureTag({ ...CARD })).toBe(pictureTag(CARD));
  expect(pictureTag({ ...CARD, name: "Bea" })).not.toBe(pictureTag(CARD));
});

test("who comes while too many wait is asked to come again", async () => {
  const busy = createPictures({ waitingMax: 1 });
  const first = busy.draw(CARD);
  await expect(busy.draw(ICON)).rejects.toSatisfy((err) => err instanceof AppError && err.code === "RATE_LIMITED");
  // Not one more: the same one.
  await Promise.all([first, busy.draw(CARD)]);
  await busy.draw(ICON);
});

test("a drawing that fails or hangs fails alone, the next one is drawn", async () => {
  const slow = createPictures({ drawMsMax: 1 });
  await expect(slow.draw(CARD)).rejects.toThrow("took too long");
  await expect(pictures.draw({ ...ICON, accent: "red" })).rejects.toThrow("could not be drawn");
  expect((await draw({ ...ICON, name: "Next" })).size).toEqual([192, 192]);
});

test("a worker that was let go comes again", async () => {
  const idle = createPictures({ idleMs: 20 });
  await idle.draw(CARD);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect((await idle.draw(ICON)).byteLength).toBeGreaterThan(100);
});
