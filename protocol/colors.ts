/** Colours and initials as both ends show them. Imports nothing, so that the widget may use it by value. */

export const ACCENT_DEFAULT = "#4a58d8";

export type Rgb = readonly [number, number, number];

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

export function toHex(color: Rgb): string {
  return `#${color.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

/** One or two letters for an avatar; emoji and other scripts count as they read. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/u).filter(Boolean);
  const picked = words.length > 1 ? [words[0]!, words.at(-1)!] : words;
  return picked.map((word) => [...new Intl.Segmenter().segment(word)][0]?.segment.toLocaleUpperCase() ?? "").join("");
}
