import { ACCENT_DEFAULT, initials, parseColor, textOn, toHex } from "../../protocol/colors.ts";

/** Colours and icon of an agent for pages that have no JavaScript yet. */

/** A checked `#rrggbb`. */
export function accentOf(color: string | undefined): string {
  return toHex(parseColor(color) ?? parseColor(ACCENT_DEFAULT)!);
}

/** A square icon with the initials; `round`: as an avatar. Escaped, so that it may stand in any markup. */
export function avatarSvg(name: string, color: string | undefined, round: boolean): string {
  const accent = accentOf(color);
  const shape = round
    ? `<circle cx="32" cy="32" r="32" fill="${accent}"/>`
    : `<rect width="64" height="64" rx="14" fill="${accent}"/>`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="40" height="40" aria-hidden="true">${shape}` +
    `<text x="32" y="33" fill="${textOn(parseColor(accent)!)}" font-family="system-ui,-apple-system,'Segoe UI',Roboto,sans-serif" font-size="24" ` +
    `font-weight="600" text-anchor="middle" dominant-baseline="central">${escapeXml(initials(name))}</text></svg>`
  );
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
