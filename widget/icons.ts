import { html, type TemplateResult } from "lit/html.js";

/** One set: 24 px grid, 2 px round strokes, the colour of the text beside it. Decorative; the name stands in the control. */
export const icon = (path: string): TemplateResult => html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d=${path} /></svg>`;

export const sendPath = "M12 19V5M5.5 11.5 12 5l6.5 6.5";
export const stopPath = "M8 8h8v8H8zm1.5 1.5h5v5h-5zm1.5 1.5h2v2h-2z";
export const closePath = "m6 6 12 12M18 6 6 18";
export const menuPath = "M4 12h2V11H4zm7 0h2V11h-2zm7 0h2V11h-2z";
export const checkPath = "m5 12.5 4.5 4.5L19 7.5";
export const checksPath = "m2 12.5 4.5 4.5L16 7.5M11.5 17 21 7.5";
export const clockPath = "M4 12a8 8 0 1 1 16 0 8 8 0 1 1-16 0M12 8v4l2.5 2";
