import { html, svg, type TemplateResult } from "lit";

const PATHS = {
  plus: svg`<path d="M12 5v14M5 12h14" />`,
  search: svg`<circle cx="11" cy="11" r="6.5" /><path d="m16 16 4 4" />`,
  more: svg`<path d="M5.5 12h.1M12 12h.1M18.5 12h.1" stroke-width="3" />`,
  print: svg`<path d="M7 9V4h10v5M7 17H5.5A1.5 1.5 0 0 1 4 15.5v-5A1.5 1.5 0 0 1 5.5 9h13a1.5 1.5 0 0 1 1.5 1.5v5a1.5 1.5 0 0 1-1.5 1.5H17M7 14h10v6H7z" />`,
  copy: svg`<rect x="9" y="9" width="11" height="11" rx="2.5" /><path d="M15 9V6.5A2.5 2.5 0 0 0 12.5 4h-6A2.5 2.5 0 0 0 4 6.5v6A2.5 2.5 0 0 0 6.5 15H9" />`,
  check: svg`<path d="m5 12.5 4.5 4.5L19 7.5" />`,
  open: svg`<path d="M13.5 5H19v5.5M19 5l-8 8M10 5H7a2 2 0 0 0-2 2v10a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2v-3" />`,
  download: svg`<path d="M12 4v11m0 0-4.5-4.5M12 15l4.5-4.5M5 20h14" />`,
  trash: svg`<path d="M5 7h14M10 7V5h4v2M7 7l.8 12h8.4L17 7" />`,
  edit: svg`<path d="m14.5 6 3.5 3.5M5 19l.8-4L15.5 5.3a1.5 1.5 0 0 1 2.2 0l1 1a1.5 1.5 0 0 1 0 2.2L9 18.2z" />`,
  close: svg`<path d="m6 6 12 12M18 6 6 18" />`,
  send: svg`<path d="M5 12h14M13 6l6 6-6 6" />`,
  back: svg`<path d="M19 12H5m6-6-6 6 6 6" />`,
  chat: svg`<path d="M5 6.5A1.5 1.5 0 0 1 6.5 5h11A1.5 1.5 0 0 1 19 6.5v8a1.5 1.5 0 0 1-1.5 1.5H12l-4.5 4v-4h-1A1.5 1.5 0 0 1 5 14.5z" />`,
  up: svg`<path d="M8 11v8.5H5V11zm0 0 3.6-6.5a1.8 1.8 0 0 1 3.3 1.4L14.2 10h4a1.7 1.7 0 0 1 1.7 2l-1.2 6.1a1.7 1.7 0 0 1-1.7 1.4H8" />`,
  down: svg`<g transform="rotate(180 12 12)"><path d="M8 11v8.5H5V11zm0 0 3.6-6.5a1.8 1.8 0 0 1 3.3 1.4L14.2 10h4a1.7 1.7 0 0 1 1.7 2l-1.2 6.1a1.7 1.7 0 0 1-1.7 1.4H8" /></g>`,
  user: svg`<circle cx="12" cy="8.5" r="3.5" /><path d="M5 19.5c1-3.5 3.5-5 7-5s6 1.5 7 5" />`,
  spark: svg`<path d="M12 4c.6 4.7 3.3 7.4 8 8-4.7.6-7.4 3.3-8 8-.6-4.7-3.3-7.4-8-8 4.7-.6 7.4-3.3 8-8z" />`,
  bell: svg`<path d="M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15zM10 20.5h4" />`,
  bell_off: svg`<path d="M8.5 6.1A6 6 0 0 1 18 11v4M6 9.5v7L4.5 18H17M10 20.5h4M4 4l16 16" />`,
  keyboard: svg`<rect x="3" y="6" width="18" height="12" rx="2.5" /><path d="M7 10h.1M10.5 10h.1M14 10h.1M17 10h.1M8 14h8" />`,
  note: svg`<path d="M6.5 4.5h11A1.5 1.5 0 0 1 19 6v8l-5 5.5H6.5A1.5 1.5 0 0 1 5 18V6a1.5 1.5 0 0 1 1.5-1.5zM19 14h-5v5.5" />`,
  warning: svg`<path d="M12 9v4.5m0 3v.1M10.6 5.2 3.9 17a1.6 1.6 0 0 0 1.4 2.4h13.4a1.6 1.6 0 0 0 1.4-2.4L13.4 5.2a1.6 1.6 0 0 0-2.8 0z" />`,
} as const;
export type IconName = keyof typeof PATHS;

/** Decoration: always beside or inside something that has a name. */
export function icon(name: IconName): TemplateResult {
  return html`<svg
    class="icon"
    viewBox="0 0 24 24"
    width="20"
    height="20"
    fill="none"
    stroke="currentColor"
    stroke-width="1.75"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    ${PATHS[name]}
  </svg>`;
}

export function logo(size: number): TemplateResult {
  return html`<svg class="logo" viewBox="0 0 32 32" width=${size} height=${size} aria-hidden="true">
    <rect width="32" height="32" rx="9" />
    <path
      d="M9 10.5A2.5 2.5 0 0 1 11.5 8h9a2.5 2.5 0 0 1 2.5 2.5v7a2.5 2.5 0 0 1-2.5 2.5H16l-4.6 3.8c-.5.4-1.2 0-1.2-.6V20A2.5 2.5 0 0 1 9 17.8z"
    />
  </svg>`;
}
