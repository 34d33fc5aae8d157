import { parentPort } from "node:worker_threads";
import { Renderer, type Node, type RenderOptions } from "@takumi-rs/wasm/node";
import { drawIcon } from "./app-icon.ts";
import { createFonts } from "./fonts.ts";
import type { Picture } from "./picture.ts";
import { drawCard } from "./share-card.ts";

/** Draws one picture after another: the first takes 300 ms with all that has to be loaded, others 20 to 100. */
export interface PictureRequest {
  id: number;
  picture: Picture;
}
export type PictureReply = { id: number; png: Uint8Array<ArrayBuffer> } | { id: number; error: string };

const renderer = new Renderer();
const fonts = createFonts((font) => void renderer.registerFont(font));

async function draw(picture: Picture): Promise<Uint8Array<ArrayBuffer>> {
  const measure = (node: Node, options: RenderOptions) => renderer.measure(node, options);
  const { node, options } = await (picture.kind === "icon"
    ? drawIcon(picture, fonts, measure)
    : drawCard(picture, fonts, measure));
  return renderer.render(node, { ...options, format: "png" });
}

parentPort!.on("message", ({ id, picture }: PictureRequest) => {
  draw(picture).then(
    (png) => parentPort!.postMessage({ id, png } satisfies PictureReply, [png.buffer]),
    (err: unknown) => parentPort!.postMessage({ id, error: String(err) } satisfies PictureReply),
  );
});
