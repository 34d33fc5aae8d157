import { raw } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";

export type Markup = HtmlEscapedString | Promise<HtmlEscapedString>;

const stroke = 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"';

/** An icon of the 24 px grid. `path` is written here, never by people. */
export function icon(path: string): HtmlEscapedString {
  return raw(`<svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" ${stroke}><path d="${path}"/></svg>`);
}

/** A speech bubble of 96 px with something in it. */
export function speechBubble(path: string): HtmlEscapedString {
  return raw(
    `<svg viewBox="0 0 96 96" width="96" height="96" aria-hidden="true" ${stroke}><path d="M80 46a32 32 0 0 1-46 28.700L16 80l5.300-18A32 32 0 1 1 80 46Z"/><path d="${path}"/></svg>`,
  );
}

/** JSON that may stand in a script element: no `<` in it can end one. */
export function jsonBlock(value: unknown): HtmlEscapedString {
  return raw(JSON.stringify(value).replace(/</g, "\\u003c"));
}
