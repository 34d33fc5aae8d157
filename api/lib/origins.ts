import { normalizeOrigin } from "../../protocol/origins.ts";

/**
 * On which websites a chat may stand. A list holds origins as `https://example.com:8443`, and `https://*.example.com` for
 * every name below that one, but not the name itself; an empty list means everywhere.
 */

/** Where a visitor's request comes from, as the browser says. */
export interface PageOrigin {
  /** The `Origin` header, whatever it holds; null without one. */
  origin: string | null;
  /** A page of this server, such as an agent's own: no list forbids those. */
  isOwn: boolean;
}

/**
 * `publicUrl` and the `Host` that was asked for are this server's own names. Browsers send no `Origin` with a GET to their
 * page's own server; `Sec-Fetch-Site` then tells (Fetch Metadata).
 */
export function pageOrigin(
  headers: { origin: string | undefined; host: string | undefined; site: string | undefined },
  publicUrl: string,
): PageOrigin {
  const { origin, host, site } = headers;
  if (origin === undefined) return { origin: null, isOwn: site === "same-origin" };
  const given = normalizeOrigin(origin);
  // By whichever scheme: a proxy in front may speak TLS for us.
  const own = [URL.parse(publicUrl)?.origin, ...["http", "https"].map((scheme) => normalizeOrigin(`${scheme}://${host ?? ""}`))];
  return { origin, isOwn: given !== null && own.includes(given) };
}

/** What an agent's configuration allows; hand-written ones may hold anything. */
export function allowedOriginsOf(config: Record<string, unknown>): string[] {
  const list = config["allowed_origins"];
  return Array.isArray(list) ? list.filter((entry) => typeof entry === "string") : [];
}

/** `origin` as in the request's header; none, and `null` of sandboxed pages, are on no list. */
export function isOriginAllowed(origin: string | null | undefined, list: readonly string[]): boolean {
  if (list.length === 0) return true;
  const given = normalizeOrigin(origin ?? "");
  if (!given || given.includes("*")) return false;
  return list.some((entry) => {
    const allowed = normalizeOrigin(entry);
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
  const entries = list
    .map(normalizeOrigin)
    .filter((entry) => entry !== null && /^https?:\/\/(\*\.)?[a-z\d.-]+(:\d+)?$/.test(entry));
  return ["'self'", ...entries].join(" ");
}
