/**
 * No inline script, no inline style, no markup from strings: what a visitor or a model writes stays text.
 * `frames`: which pages may show this one, as CSP's `frame-ancestors` names them.
 */
export function pagePolicy(frames: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' https: data:",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${frames}`,
    "require-trusted-types-for 'script'",
    "trusted-types lit-html",
  ].join("; ");
}
