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

/** `size` is the side in pixels; the image may be a little smaller, because modules are whole pixels. */
export function qrPng(url: string, size = QR_SIZE_DEFAULT): Promise<Buffer> {
  return QRCode.toBuffer(url, { ...OPTIONS, type: "png", width: size });
}

export function pngDataUrl(png: Buffer): string {
  return `data:image/png;base64,${png.toString("base64")}`;
}

/** `url` with a tag that tells where the code hangs. Other characters than letters, digits, `.`, `_` and `-` are dropped, at most 64 stay. */
export function withSource(url: string, source: string | undefined): string {
  const tag = (source ?? "").replace(/[^\w.-]/g, "").slice(0, 64);
  return tag ? `${url}?src=${tag}` : url;
}
