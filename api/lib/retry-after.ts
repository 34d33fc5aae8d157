/**
 * Milliseconds that a `Retry-After` header asks to wait, as seconds or as a date (RFC 9110 section 10.2.3); null: there is none
 * that can be read. Fractions of seconds are taken too: servers of models send them.
 */
export function readRetryAfter(header: string | null | undefined, nowMs: number): number | null {
  const value = header?.trim() ?? "";
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000;
  // Date.parse makes a year of "-5".
  const at = /^[a-z]/i.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}
