import QRCode from "qrcode";
import { bilevelPng } from "./png.ts";

/** Pixels of a PNG's side. */
export const QR_SIZE_MIN = 64;
export const QR_SIZE_MAX = 2048;
export const QR_SIZE_DEFAULT = 512;

// Level M survives 15 % damage (ISO/IEC 18004); the quiet zone of four modules is the standard's minimum.
const OPTIONS = { errorCorrectionLevel: "M", margin: 4 } as const;

export function qrSvg(url: string): Promise<string> {
  return QRCode.toString(url, { ...OPTIONS, type: "svg" });
}

/**
 * A square of `size` pixels a side, larger only where a module would not get a pixel. Modules are whole pixels, what is left over
 * is quiet zone. The library's own images cost fifty times as much, on a page that anybody may ask for.
 */
export function qrPng(url: string, size = QR_SIZE_DEFAULT): Buffer {
  const { modules } = QRCode.create(url, OPTIONS);
  const least = modules.size + 2 * OPTIONS.margin;
  const side = Math.max(size, least);
  const scale = Math.floor(side / least);
  const start = Math.floor((side - modules.size * scale) / 2);
  const white = new Uint8Array(Math.ceil(side / 8)).fill(0xff);
  const rows = Array.from({ length: side }, () => white);
  for (let row = 0; row < modules.size; row++) {
    const pixels = white.slice();
    for (let x = 0; x < modules.size * scale; x++) {
      const isDark = modules.data[row * modules.size + Math.floor(x / scale)] === 1;
      if (isDark) pixels[(start + x) >> 3]! &= ~(0x80 >> ((start + x) & 7));
    }
    rows.fill(pixels, start + row * scale, start + (row + 1) * scale);
  }
  return bilevelPng(side, rows);
}

export function pngDataUrl(png: Buffer): string {
  return `data:image/png;base64,${png.toString("base64")}`;
}

/** `url` with a tag that tells where the code hangs. Other characters than letters, digits, `.`, `_` and `-` are dropped, at most 64 stay. */
export function withSource(url: string, source: string | undefined): string {
  const tag = (source ?? "").replace(/[^\w.-]/g, "").slice(0, 64);
  return tag ? `${url}?src=${tag}` : url;
}
