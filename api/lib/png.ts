import { crc32, deflateSync } from "node:zlib";

/** Portable Network Graphics, third edition: signature, IHDR, IDAT, IEND. */
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** A PNG of one bit a pixel, white where a bit is set. Each row holds `width` bits, the leftmost in the highest of its first byte. */
export function bilevelPng(width: number, rows: readonly Uint8Array[]): Buffer {
  // Before each row stands its filter: none.
  const filter = Uint8Array.of(0);
  const pixels = Buffer.concat(rows.flatMap((row) => [filter, row]));
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(rows.length, 4);
  // One bit a pixel; colour type 0, greyscale; the only compression and filter methods there are; not interlaced.
  header[8] = 1;
  return Buffer.concat([SIGNATURE, chunk("IHDR", header), chunk("IDAT", deflateSync(pixels)), chunk("IEND", Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}
