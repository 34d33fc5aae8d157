import type { Node, RenderOptions } from "@takumi-rs/wasm";
import { initials, parseColor, textOn } from "../../../protocol/colors.ts";
import { avatar, type Measure } from "./avatar-node.ts";
import type { Fonts } from "./fonts.ts";
import type { AppIcon } from "./picture.ts";

export async function drawIcon(
  { name, accent, size, shape }: AppIcon,
  fonts: Fonts,
  measure: (node: Node, options: RenderOptions) => ReturnType<Measure>,
): Promise<{ node: Node; options: RenderOptions }> {
  const { texts, families } = fonts.pick([initials(name)]);
  const options = { width: size, height: size, fontFamilies: families };
  const look = { letters: texts[0]!, size, background: accent, color: textOn(parseColor(accent)!) };
  const node = await avatar(
    // Of a full one, the middle 80 % stay in any shape (W3C "Web Application Manifest", icon masks).
    shape === "full" ? { ...look, radius: 0, fill: 0.5 } : { ...look, radius: Math.round(size * 0.22), fill: 0.64 },
    (one) => measure(one, options),
  );
  return { node, options };
}
