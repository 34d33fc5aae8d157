/** Pixels of each side; enough for the largest place it is shown at, on sharp screens. */
const SIDE = 256;

/** A picture that somebody chose, cut to a square, small, as WebP (PNG where the browser writes none) in base64. Throws when it cannot be read. */
export async function smallPicture(file: Blob): Promise<string> {
  const picture = await createImageBitmap(file);
  const side = Math.min(picture.width, picture.height);
  const canvas = new OffscreenCanvas(SIDE, SIDE);
  const [left, top] = [(picture.width - side) / 2, (picture.height - side) / 2];
  canvas.getContext("2d")!.drawImage(picture, left, top, side, side, 0, 0, SIDE, SIDE);
  picture.close();
  const small = await canvas.convertToBlob({ type: "image/webp", quality: 0.85 });
  const bytes = new Uint8Array(await small.arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}
