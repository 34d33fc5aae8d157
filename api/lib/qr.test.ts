import { createRequire } from "node:module";
import { PNG } from "pngjs";
import { expect, test } from "vitest";
import { QR_SIZE_DEFAULT, QR_SIZE_MIN, qrPng } from "./qr.ts";

// Its types speak of a default export, the file of a function.
const jsQR = createRequire(import.meta.url)("jsqr") as typeof import("jsqr").default;

const SHORT = "https://x.example/a/bakery-q8";
const LONG = `https://agents.example.com/a/${"bakery-".repeat(20)}q8?src=window`;

test.each([
  [SHORT, QR_SIZE_MIN, QR_SIZE_MIN],
  [SHORT, 333, 333],
  [SHORT, QR_SIZE_DEFAULT, QR_SIZE_DEFAULT],
  [LONG, 401, 401],
])("the address %s is read from a PNG of %i pixels", (url, size, side) => {
  const image = PNG.sync.read(qrPng(url, size));
  expect([image.width, image.height]).toEqual([side, side]);
  expect(jsQR(new Uint8ClampedArray(image.data), image.width, image.height)?.data).toBe(url);
});

test("where a module would not get a pixel, the image is larger", () => {
  const image = PNG.sync.read(qrPng(LONG, QR_SIZE_MIN));
  expect(image.width).toBeGreaterThan(QR_SIZE_MIN);
  const dark = (x: number, y: number) => image.data[(y * image.width + x) * 4] === 0;
  // The finder pattern in the corner, inside a quiet zone of four.
  expect([3, 4, 5, 10, 11].map((x) => dark(x, 4))).toEqual([false, true, true, true, false]);
});
