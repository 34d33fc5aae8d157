/** What can be drawn: plain data, that travels to the worker and names the result in the cache. */
export type Picture = ShareCard | AppIcon;

/** 1200 × 630, as the big networks show a shared address. */
export interface ShareCard {
  kind: "card";
  name: string;
  description: string | null;
  /** `#rrggbb`. */
  accent: string;
  /** Says in a word what one can do there. */
  hint: string;
  /** Host and path; ASCII. */
  address: string;
  /** BCP 47, of name and description. */
  lang: string | null;
}

export interface AppIcon {
  kind: "icon";
  name: string;
  accent: string;
  /** Side in pixels. */
  size: number;
  /** `rounded` is shown as it is; `full` is cut to a shape by the system, which keeps the middle four fifths. */
  shape: "rounded" | "full";
}
