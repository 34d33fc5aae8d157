import type { Node, RenderOptions } from "@takumi-rs/wasm";
import { initials, parseColor, textOn } from "../../../protocol/colors.ts";
import { avatar, bubble, type Measure } from "./avatar-node.ts";
import type { Fonts } from "./fonts.ts";
import type { ShareCard } from "./picture.ts";

export const CARD = { width: 1200, height: 630 } as const;
const MARGIN = 80;
const LINE = CARD.width - 2 * MARGIN;
const LINE_HEIGHT = 1.15;

/** The first that holds the name; in the last one it ends in an ellipsis where it must. */
const NAME_SIZES = [
  { fontSize: 96, lines: 1 },
  { fontSize: 76, lines: 2 },
  { fontSize: 58, lines: 3 },
  { fontSize: 50, lines: 3 },
] as const;

export async function drawCard(
  card: ShareCard,
  fonts: Fonts,
  measureWith: (node: Node, options: RenderOptions) => ReturnType<Measure>,
): Promise<{ node: Node; options: RenderOptions }> {
  const picked = fonts.pick(
    [cut(card.name, 120), cut(card.description ?? "", 300), initials(card.name), card.hint, card.address, "…"],
    card.lang,
  );
  const [named, described, letters, hint, address] = picked.texts as [Text, Text, Text, Text, Text];
  type Text = (typeof picked.texts)[number];
  // A name that no font can draw as a whole is not drawn by halves: the host's name always can.
  const name = named.isComplete && named.text !== "" ? named.text : address.text.split("/")[0]!;
  const description = described.isComplete ? described.text : "";
  const options: RenderOptions = { ...CARD, fontFamilies: picked.families, ...(card.lang ? { lang: card.lang } : {}) };
  const measure: Measure = (node) => measureWith(node, options);

  const ink = textOn(parseColor(card.accent)!);
  const isRtl = directionOf(name) === "rtl";
  const start = isRtl ? "right" : "left";
  const row = { display: "flex", flexDirection: isRtl ? "row-reverse" : "row", alignItems: "center" } as const;
  const words = (text: string, lineClamp: number, style: Node["style"]): Node => ({
    type: "text",
    text,
    style: {
      width: LINE,
      overflowWrap: "anywhere",
      lineClamp,
      textOverflow: "ellipsis",
      textAlign: start,
      direction: directionOf(text),
      ...style,
    },
  });
  const title = (fontSize: number, linesMax: number) =>
    words(name, linesMax, { fontSize, fontWeight: 700, lineHeight: LINE_HEIGHT, letterSpacing: "-0.015em" });

  let size: (typeof NAME_SIZES)[number] = NAME_SIZES.at(-1)!;
  for (const one of NAME_SIZES) {
    const { height } = await measure(title(one.fontSize, one.lines + 1));
    if (height > one.fontSize * LINE_HEIGHT * (one.lines + 0.5)) continue;
    size = one;
    break;
  }

  const backdrop: Node = {
    type: "container",
    style: { position: "absolute", zIndex: -1, top: -150, ...(isRtl ? { left: -130 } : { right: -130 }) },
    children: [bubble({ size: 640, color: ink, opacity: 0.07 })],
  };
  const about: Node = {
    type: "container",
    style: { display: "flex", flexDirection: "column", gap: 16 },
    children: [
      title(size.fontSize, size.lines),
      ...(description ? [words(description, size.lines === 3 ? 1 : 2, { fontSize: 32, lineHeight: 1.35, opacity: 0.9 })] : []),
    ],
  };
  const button: Node = {
    type: "container",
    style: {
      ...row,
      gap: 12,
      height: 60,
      padding: "0 28px",
      borderRadius: 30,
      backgroundColor: ink,
      color: card.accent,
      fontSize: 28,
      fontWeight: 650,
    },
    children: [bubble({ size: 30, color: card.accent }), { type: "text", text: hint.text }],
  };
  const foot: Node = {
    type: "container",
    style: { ...row, justifyContent: "space-between" },
    children: [button, words(address.text, 1, { width: 640, textAlign: isRtl ? "left" : "right", fontSize: 26, opacity: 0.85 })],
  };
  const letter = { letters, size: 96, background: ink, color: card.accent, radius: 48, fill: 0.6 };
  const node: Node = {
    type: "container",
    style: {
      ...CARD,
      position: "relative",
      overflow: "hidden",
      display: "flex",
      flexDirection: "column",
      justifyContent: "space-between",
      padding: `64px ${MARGIN}px`,
      backgroundColor: card.accent,
      color: ink,
    },
    children: [
      backdrop,
      { type: "container", style: { ...row, justifyContent: "flex-start" }, children: [await avatar(letter, measure)] },
      about,
      foot,
    ],
  };
  return { node, options };
}

/** As `dir="auto"`: by the first letter, all of which have a direction (Unicode Annex 9, rules P2 and P3). */
function directionOf(text: string): "ltr" | "rtl" {
  const letter = /\p{L}/u.exec(text)?.[0] ?? "";
  return /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u.test(letter) ? "rtl" : "ltr";
}

/** What cannot be seen need not be measured. */
function cut(text: string, clustersMax: number): string {
  const clusters = [...new Intl.Segmenter().segment(text.slice(0, clustersMax * 16))].map((one) => one.segment);
  return clusters.length <= clustersMax ? text : `${clusters.slice(0, clustersMax).join("").trimEnd()}…`;
}
