/** Colours of one agent, computed so that text is readable whatever the owner picks. */

export const ACCENT_DEFAULT = "#4a58d8";
type Rgb = readonly [number, number, number];

const LIGHT_SURFACE: Rgb = [255, 255, 255];
const DARK_SURFACE: Rgb = [23, 25, 30];
const AA_TEXT = 4.5;

/** `#rgb` or `#rrggbb`; null for anything else. */
export function parseColor(color: string | null | undefined): Rgb | null {
  const hex = /^#(?:([\da-f]{3})|([\da-f]{6}))$/i.exec(color?.trim() ?? "");
  if (!hex) return null;
  const digits = hex[2] ?? hex[1]!.replace(/./g, "$&$&");
  return [0, 2, 4].map((at) => parseInt(digits.slice(at, at + 2), 16)) as unknown as Rgb;
}

/** Contrast ratio from 1 to 21, WCAG 2.2 "contrast ratio" and "relative luminance". */
export function contrast(a: Rgb, b: Rgb): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function luminance(color: Rgb): number {
  const [r, g, b] = color.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Black or white, whichever reads better on `background`. One of them always passes AA. */
export function textOn(background: Rgb): "#000000" | "#ffffff" {
  return contrast(background, [255, 255, 255]) >= contrast(background, [0, 0, 0]) ? "#ffffff" : "#000000";
}

/** `color`, moved towards black or white until text in it passes AA (WCAG 1.4.3) on `background`. */
export function readableOn(color: Rgb, background: Rgb): string {
  const target = textOn(background) === "#ffffff" ? 255 : 0;
  for (let step = 0; step <= 20; step++) {
    const mixed = color.map((value) => Math.round(value + ((target - value) * step) / 20)) as unknown as Rgb;
    if (contrast(mixed, background) >= AA_TEXT) return toHex(mixed);
  }
  return target === 255 ? "#ffffff" : "#000000";
}

function toHex(color: Rgb): string {
  return `#${color.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
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

/** One or two letters for an avatar; emoji and other scripts count as they read. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/u).filter(Boolean);
  const picked = words.length > 1 ? [words[0]!, words.at(-1)!] : words;
  return picked.map((word) => [...new Intl.Segmenter().segment(word)][0]?.segment.toLocaleUpperCase() ?? "").join("");
}
