import { ACCENT_DEFAULT, contrast, parseColor, textOn, toHex, type Rgb } from "../protocol/colors.ts";

/** Colours of one agent, computed so that text is readable whatever the owner picks. */

const LIGHT_SURFACE: Rgb = [255, 255, 255];
const DARK_SURFACE: Rgb = [23, 25, 30];
const AA_TEXT = 4.5;

/** `color`, moved towards black or white until text in it passes AA (WCAG 1.4.3) on `background`. */
export function readableOn(color: Rgb, background: Rgb): string {
  const target = textOn(background) === "#ffffff" ? 255 : 0;
  for (let step = 0; step <= 20; step++) {
    const mixed = color.map((value) => Math.round(value + ((target - value) * step) / 20)) as unknown as Rgb;
    if (contrast(mixed, background) >= AA_TEXT) return toHex(mixed);
  }
  return target === 255 ? "#ffffff" : "#000000";
}

/** Custom properties for an accent colour; a colour that cannot be read gives the default's. */
export function accentProperties(color: string | null | undefined): Record<`--${string}`, string> {
  const accent = parseColor(color) ?? parseColor(ACCENT_DEFAULT)!;
  return {
    "--renus-accent": toHex(accent),
    "--renus-on-accent": textOn(accent),
    "--renus-accent-text-light": readableOn(accent, LIGHT_SURFACE),
    "--renus-accent-text-dark": readableOn(accent, DARK_SURFACE),
  };
}
