import type { MeasuredNode, Node } from "@takumi-rs/wasm";
import type { DrawableText } from "./fonts.ts";

/** What may be asked of the renderer before it draws. */
export type Measure = (node: Node) => Promise<MeasuredNode>;

interface Avatar {
  letters: DrawableText;
  /** Side in pixels. */
  size: number;
  background: string;
  color: string;
  /** Of the corners, in pixels. */
  radius: number;
  /** Part of the side that the letters may fill. */
  fill: number;
}

/** Initials on a colour; a speech bubble where no font has them. */
export async function avatar({ letters, size, background, color, radius, fill }: Avatar, measure: Measure): Promise<Node> {
  const style = { fontWeight: 650, lineHeight: 1, whiteSpace: "nowrap" } as const;
  const hasLetters = letters.isComplete && letters.text !== "";
  const fontSizeOf = async (text: string) => {
    const { runs } = await measure({ type: "text", text, style: { ...style, fontSize: 100 } });
    const width = runs.reduce((sum, run) => sum + run.width, 0);
    return Math.round(Math.min(size * 0.42, (size * fill * 100) / (width || 1)));
  };
  let { text } = letters;
  let fontSize = await fontSizeOf(text);
  if (fontSize < size * 0.28) {
    // Two emoji: one can be seen, two cannot.
    text = [...new Intl.Segmenter().segment(text)][0]!.segment;
    fontSize = await fontSizeOf(text);
  }
  return {
    type: "container",
    style: {
      display: "flex",
      alignItems: "center",
      justifyContent: "center",
      flexShrink: 0,
      width: size,
      height: size,
      borderRadius: radius,
      backgroundColor: background,
      color,
    },
    children: [
      hasLetters ? { type: "text", text, style: { ...style, fontSize } } : bubble({ size: Math.round(size * 0.52), color }),
    ],
  };
}

/** A speech bubble. `color` is `#rrggbb`. */
export function bubble({ size, color, opacity = 1 }: { size: number; color: string; opacity?: number }): Node {
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="${size}" height="${size}">` +
    `<path fill="${color}" fill-opacity="${opacity}" d="M12 3c5.200 0 9 3.500 9 8s-3.800 8-9 8c-1 0-2-.1-2.900-.4L4 21l1.200-4.200C3.800 15.300 3 13.300 3 11c0-4.500 3.800-8 9-8Z"/></svg>`;
  const src = `data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}`;
  return { type: "image", src, width: size, height: size };
}
