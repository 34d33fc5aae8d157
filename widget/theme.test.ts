import fc from "fast-check";
import { expect, test } from "vitest";
import { contrast, initials, parseColor, textOn } from "../protocol/colors.ts";
import { accentProperties, readableOn } from "./theme.ts";

const rgb = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255));

test("contrast is WCAG's", () => {
  expect(contrast([0, 0, 0], [255, 255, 255])).toBeCloseTo(21);
  expect(contrast([119, 119, 119], [255, 255, 255])).toBeCloseTo(4.48, 2);
});

test("text on any accent colour, and accent-coloured text on both surfaces, passes AA", () => {
  fc.assert(
    fc.property(rgb, (accent) => {
      expect(contrast(parseColor(textOn(accent))!, accent)).toBeGreaterThanOrEqual(4.5);
      for (const surface of [parseColor("#fff")!, parseColor("#17191e")!]) {
        expect(contrast(parseColor(readableOn(accent, surface))!, surface)).toBeGreaterThanOrEqual(4.5);
      }
    }),
  );
});

test.each(["red", "#12", "#12345g", "url(x)", "", null, undefined, "#fff;}*{display:none}"])(
  "%s is not taken for a colour",
  (color) => {
    expect(accentProperties(color)).toEqual(accentProperties(null));
  },
);

test.each([
  ["Ana Souza", "AS"],
  ["  bela  ", "B"],
  ["María de la Cruz", "MC"],
  ["👩‍🚀 Space", "👩‍🚀S"],
  ["", ""],
])("initials of %j are %j", (name, expected) => expect(initials(name)).toBe(expected));
