import { PNG } from "pngjs";
import QRCode from "qrcode";

/** Pixels of a PNG's side. */
export const QR_SIZE_MIN = 64;
export const QR_SIZE_MAX = 2048;
export const QR_SIZE_DEFAULT = 512;

// Level M survives 15 % damage (ISO/IEC 18004); the quiet zone of four modules is the standard's minimum.
const OPTIONS = { errorCorrectionLevel: "M", margin: 4 } as const;

export function qrSvg(url: string): Promise<string> {
  return QRCode.toString(url, { ...OPTIONS, type: "svg" });
}

// One byte a pixel in, one out, and no filter: to convert and to filter is most of what it costs otherwise.
const GREY = { colorType: 0, inputColorType: 0, bitDepth: 8, filterType: 0 } as const;

/**
 * A square of `size` pixels a side, larger only where a module would not get a pixel. Modules are whole pixels, what is left over
 * is quiet zone. The images that `qrcode` makes cost ten times as much, on a page that anybody may ask for.
 */
export function qrPng(url: string, size = QR_SIZE_DEFAULT): Buffer {
  const { modules } = QRCode.create(url, OPTIONS);
  const least = modules.size + 2 * OPTIONS.margin;
  const side = Math.max(size, least);
  const scale = Math.floor(side / least);
  const start = Math.floor((side - modules.size * scale) / 2);
  const data = Buffer.alloc(side * side, 0xff);
  for (let row = 0; row < modules.size; row++) {
    const first = (start + row * scale) * side;
    for (let column = 0; column < modules.size; column++) {
      const at = first + start + column * scale;
      if (modules.data[row * modules.size + column] === 1) data.fill(0, at, at + scale);
    }
    for (let copy = 1; copy < scale; copy++) data.copyWithin(first + copy * side, first, first + side);
  }
  // A whole one would set four bytes a pixel aside.
  return PNG.sync.write({ width: side, height: side, data } as PNG, GREY);
}

export function pngDataUrl(png: Buffer): string {
  return `data:image/png;base64,${png.toString("base64")}`;
}

/** `url` with a tag that tells where the code hangs. Other characters than letters, digits, `.`, `_` and `-` are dropped, at most 64 stay. */
export function withSource(url: string, source: string | undefined): string {
  const tag = (source ?? "").replace(/[^\w.-]/g, "").slice(0, 64);
  return tag ? `${url}?src=${tag}` : url;
}
