import { html, type TemplateResult } from "lit/html.js";

/** One set: 24 px grid, 2 px round strokes, the colour of the text beside it. Decorative; the name stands in the control. */
export const icon = (path: string): TemplateResult =>
  html`<svg
    viewBox="0 0 24 24"
    width="20"
    height="20"
    aria-hidden="true"
    fill="none"
    stroke="currentColor"
    stroke-width="2"
    stroke-linecap="round"
    stroke-linejoin="round"
  >
    <path d=${path} />
  </svg>`;

export const sendIcon = icon("M12 19V5M5.5 11.5 12 5l6.5 6.5");
export const stopIcon = icon("M8 8h8v8H8zm1.5 1.5h5v5h-5zm1.5 1.5h2v2h-2z");
export const closeIcon = icon("m6 6 12 12M18 6 6 18");
export const menuIcon = icon("M4 12h2V11H4zm7 0h2V11h-2zm7 0h2V11h-2z");
export const downIcon = icon("M12 5v14m-6-6 6 6 6-6");
export const checkIcon = icon("m5 12.5 4.5 4.5L19 7.5");
export const checksIcon = icon("m2 12.5 4.5 4.5L16 7.5M11.5 17 21 7.5");
export const clockIcon = icon("M4 12a8 8 0 1 1 16 0 8 8 0 1 1-16 0M12 8v4l2.5 2");
export const alertIcon = icon("M3 12a9 9 0 1 1 18 0 9 9 0 1 1-18 0M12 8v4.5M12 16v.1");
export const copyIcon = icon("M11 9h7a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2h-7a2 2 0 0 1-2-2v-7a2 2 0 0 1 2-2M5 15V6a2 2 0 0 1 2-2h8");
