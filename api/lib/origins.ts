/**
 * On which websites a chat may stand. A list holds origins as `https://example.com:8443`, and `https://*.example.com` for
 * every name below that one, but not the name itself; an empty list means everywhere.
 */

/** `origin` as in the request's header; none, and `null` of sandboxed pages, are on no list. */
export function isOriginAllowed(origin: string | null | undefined, list: readonly string[]): boolean {
  if (list.length === 0) return true;
  const given = normalOf(origin ?? "");
  if (!given || given.includes("*")) return false;
  return list.some((entry) => {
    const allowed = normalOf(entry);
    const star = allowed?.indexOf("*.") ?? -1;
    if (!allowed || star < 0) return given === allowed;
    // Both ends must match, with at least one character in place of the star.
    const [start, end] = [allowed.slice(0, star), allowed.slice(star + 1)];
    return given.length > start.length + end.length && given.startsWith(start) && given.endsWith(end);
  });
}

/** The value of CSP's `frame-ancestors` for the same list (CSP 3 section 6.4.2). What cannot be written there is left out. */
export function frameAncestors(list: readonly string[]): string {
  if (list.length === 0) return "*";
  const entries = list.map(normalOf).filter((entry) => entry !== null && /^https?:\/\/(\*\.)?[a-z\d.-]+(:\d+)?$/.test(entry));
  return ["'self'", ...entries].join(" ");
}

/** Lower case, punycode, no default port; null for what is no origin of the web. */
function normalOf(origin: string): string | null {
  if (!/^https?:\/\/[^/?#@\\\s;,]+$/i.test(origin)) return null;
  return URL.parse(origin)?.origin ?? null;
}
