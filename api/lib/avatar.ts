/** Colours and icon of an agent for pages that have no JavaScript yet. The widget computes the same in the browser. */

const ACCENT_DEFAULT = "#4a58d8";

/** A checked `#rrggbb`. */
export function accentOf(color: string | undefined): string {
  return color !== undefined && /^#[\da-f]{6}$/i.test(color) ? color : ACCENT_DEFAULT;
}

/** Black or white, whichever has more contrast (WCAG 2.2 relative luminance). */
export function textOn(color: string): "#000000" | "#ffffff" {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  // Contrast with white is 1.05 / (L + 0.05), with black (L + 0.05) / 0.05: equal at 0.179.
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000000" : "#ffffff";
}

/** One or two letters as they read. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/u).filter(Boolean);
  const picked = words.length > 1 ? [words[0]!, words.at(-1)!] : words;
  const segmenter = new Intl.Segmenter();
  return picked.map((word) => [...segmenter.segment(word)][0]?.segment.toLocaleUpperCase() ?? "").join("");
}

/** A square icon with the initials; `round`: as an avatar. Escaped, so that it may stand in any markup. */
export function avatarSvg(name: string, color: string | undefined, round: boolean): string {
  const accent = accentOf(color);
  const shape = round
    ? `<circle cx="32" cy="32" r="32" fill="${accent}"/>`
    : `<rect width="64" height="64" rx="14" fill="${accent}"/>`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="40" height="40" aria-hidden="true">${shape}` +
    `<text x="32" y="33" fill="${textOn(accent)}" font-family="system-ui,-apple-system,'Segoe UI',Roboto,sans-serif" font-size="24" ` +
    `font-weight="600" text-anchor="middle" dominant-baseline="central">${escapeXml(initials(name))}</text></svg>`
  );
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
