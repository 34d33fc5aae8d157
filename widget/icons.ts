import { svg, type SVGTemplateResult } from "lit";

/** One set: 24 px grid, 2 px round strokes, the colour of the text beside it. Decorative; the name stands in the control. */
const icon = (paths: SVGTemplateResult): SVGTemplateResult =>
  svg`<svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${paths}</svg>`;

export const sendIcon = icon(svg`<path d="M12 19V5M5.5 11.5 12 5l6.5 6.5" />`);
export const stopIcon = icon(svg`<rect x="7" y="7" width="10" height="10" rx="2" fill="currentColor" />`);
export const closeIcon = icon(svg`<path d="m6 6 12 12M18 6 6 18" />`);
export const menuIcon = icon(
  svg`<circle cx="5" cy="12" r=".8" /><circle cx="12" cy="12" r=".8" /><circle cx="19" cy="12" r=".8" />`,
);
export const plusIcon = icon(svg`<path d="M12 5v14M5 12h14" />`);
export const downloadIcon = icon(svg`<path d="M12 4v11m-4.5-4.5L12 15l4.5-4.5M5 19h14" />`);
export const downIcon = icon(svg`<path d="M12 5v14m-6-6 6 6 6-6" />`);
export const checkIcon = icon(svg`<path d="m5 12.5 4.5 4.5L19 7.5" />`);
export const checksIcon = icon(svg`<path d="m2 12.5 4.5 4.5L16 7.5M11.5 17 21 7.5" />`);
export const clockIcon = icon(svg`<circle cx="12" cy="12" r="8" /><path d="M12 8v4l2.5 2" />`);
export const alertIcon = icon(svg`<circle cx="12" cy="12" r="9" /><path d="M12 8v4.5M12 16h.01" />`);
export const copyIcon = icon(svg`<rect x="9" y="9" width="11" height="11" rx="2" /><path d="M5 15V6a2 2 0 0 1 2-2h8" />`);
