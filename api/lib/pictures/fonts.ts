import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { codePointsOf } from "./woff2.ts";

/**
 * Fonts for anything that people call their assistants, as packages bring them: cut into slices of a few hundred
 * characters, of which only those are read that a text needs.
 */

export interface DrawableText {
  text: string;
  /** false: letters are left out because no font has them; what is left would be misleading. */
  isComplete: boolean;
}

export interface Fonts {
  /**
   * What can be drawn of the texts of one picture, and with which families, in this order. Registers what it picks. `lang`
   * decides how characters look that Chinese, Japanese and Korean share.
   */
  pick(texts: readonly string[], lang?: string | null): { texts: DrawableText[]; families: string[] };
}

const FIRST = ["noto-sans", "noto-emoji", "noto-sans-hebrew", "noto-sans-arabic", "noto-sans-thai"] as const;
const EAST_ASIAN = ["noto-sans-sc", "noto-sans-jp", "noto-sans-kr"] as const;
type Package = (typeof FIRST)[number] | (typeof EAST_ASIAN)[number];

interface Slice {
  family: string;
  path: string;
  /** As the package promises; `codePoints` is what the file really has, once it was read. */
  ranges: (readonly [from: number, to: number])[];
  codePoints: Set<number> | null;
}

const require = createRequire(import.meta.url);
const segmenter = new Intl.Segmenter();
// Renderers draw nothing for these, but for the Hangul fillers, which are letters.
const INVISIBLE = /^(?!\p{L})[\s\p{Default_Ignorable_Code_Point}]$/u;

/** `register` gets each slice once, before the first text that needs it. */
export function createFonts(register: (font: { name: string; data: Uint8Array }) => void): Fonts {
  const packages = new Map([...FIRST, ...EAST_ASIAN].map((name) => [name, slicesOf(name)]));

  const has = (slice: Slice, codePoint: number) => {
    if (!slice.ranges.some(([from, to]) => codePoint >= from && codePoint <= to)) return false;
    if (!slice.codePoints) {
      const data = readFileSync(slice.path);
      slice.codePoints = codePointsOf(data);
      register({ name: slice.family, data });
    }
    return slice.codePoints.has(codePoint);
  };

  return {
    pick(texts, lang) {
      const order = [...FIRST, ...eastAsianOrder(texts.join(), lang)].flatMap((name) => packages.get(name)!);
      const used = new Set<Slice>();
      const use = (codePoints: readonly number[]) => {
        const slice = order.find((one) => codePoints.every((codePoint) => has(one, codePoint)));
        if (slice) used.add(slice);
        return slice !== undefined;
      };
      const isDrawable = (cluster: string) => {
        const visible = [...cluster].filter((char) => !INVISIBLE.test(char)).map((char) => char.codePointAt(0)!);
        // One font for all of it, as an emoji of several needs; else a mark may come from another font than its letter.
        return visible.length === 0 || use(visible) || visible.every((codePoint) => use([codePoint]));
      };
      const drawable = (text: string): DrawableText => {
        let kept = "";
        let isComplete = true;
        for (const { segment } of segmenter.segment(text.normalize("NFC"))) {
          if (isDrawable(segment)) kept += segment;
          else if (/[\p{L}\p{N}]/u.test(segment)) isComplete = false;
        }
        return { text: kept.replace(/\s+/g, " ").trim(), isComplete };
      };
      const drawn = texts.map(drawable);
      return { texts: drawn, families: order.filter((slice) => used.has(slice)).map((slice) => slice.family) };
    },
  };
}

function eastAsianOrder(text: string, lang: string | null | undefined): Package[] {
  const language = lang?.toLowerCase().split(/[-_]/)[0];
  let first: Package = "noto-sans-sc";
  if (/\p{Script=Hangul}/u.test(text) || language === "ko") first = "noto-sans-kr";
  if (/[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(text) || language === "ja") first = "noto-sans-jp";
  return [first, ...EAST_ASIAN.filter((name) => name !== first)];
}

function slicesOf(name: Package): Slice[] {
  const resolve = (path: string) => require.resolve(`@fontsource-variable/${name}/${path}`);
  const slices = JSON.parse(readFileSync(resolve("unicode.json"), "utf8")) as Record<string, string>;
  return Object.entries(slices).map(([key, ranges]) => {
    const slice = key.replace(/[[\]]/g, "");
    return {
      family: `${name}-${slice}`,
      path: resolve(`files/${name}-${slice}-wght-normal.woff2`),
      ranges: ranges.split(",").map((range) => {
        const [from, to] = range.trim().slice(2).split("-");
        return [parseInt(from!, 16), parseInt(to ?? from!, 16)] as const;
      }),
      codePoints: null,
    };
  });
}
