/** How websites are written down: as origins (RFC 6454 section 6.1), imports nothing. */

/** Lower case, punycode, no default port; null for what is no origin of the web. */
export function normalizeOrigin(origin: string): string | null {
  if (!/^https?:\/\/[^/?#@\\\s;,]+$/i.test(origin)) return null;
  return URL.parse(origin)?.origin ?? null;
}

/**
 * An entry of a list of allowed websites as it is kept: an origin, or `https://*.example.com` for all names below that one.
 * A path that was copied along is dropped. null: it names no website.
 */
export function toAllowedOrigin(text: string): string | null {
  const origin = normalizeOrigin(text.trim().replace(/^(https?:\/\/[^/?#]*)[/?#].*$/i, "$1"));
  if (!origin) return null;
  const name = /^https?:\/\/(.*?)(?::\d+)?$/.exec(origin)![1]!;
  // A star alone, or before a top-level name, would be nearly everybody.
  return !name.includes("*") || /^\*(\.[^.*]+){2,}$/.test(name) ? origin : null;
}
