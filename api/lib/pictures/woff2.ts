import { brotliDecompressSync } from "node:zlib";

/**
 * The code points that a WOFF2 font has glyphs for: what its name or its package promises may be more. Reads the formats
 * 4 and 12 of `cmap`, which all fonts on the web use (W3C "WOFF File Format 2.0", sections 4 and 5; OpenType "cmap").
 * Throws when the bytes are something else.
 */
export function codePointsOf(woff2: Uint8Array): Set<number> {
  const cmap = tableOf(woff2, CMAP);
  const found = new Set<number>();
  for (let at = 4; at < 4 + cmap.getUint16(2) * 8; at += 8) {
    const subtable = cmap.getUint32(at + 4);
    const format = cmap.getUint16(subtable);
    if (format === 4) readFormat4(cmap, subtable, found);
    else if (format === 12) readFormat12(cmap, subtable, found);
  }
  return found;
}

/** Indexes into the list of known tags; the last one says that the tag itself follows. */
const CMAP = 0;
const GLYF = 10;
const LOCA = 11;
const OTHER_TAG = 63;

function tableOf(woff2: Uint8Array, wanted: number): DataView {
  const view = new DataView(woff2.buffer, woff2.byteOffset, woff2.byteLength);
  if (view.getUint32(0) !== 0x774f4632) throw new Error("This is no WOFF2 font.");
  const compressedLength = view.getUint32(20);
  let at = 48;
  const readBase128 = () => {
    for (let value = 0, byte = 0; ;) {
      byte = view.getUint8(at++);
      value = value * 128 + (byte & 0x7f);
      if (byte < 0x80) return value;
    }
  };
  let offset = 0;
  let place: [from: number, to: number] | null = null;
  for (let tables = view.getUint16(12); tables > 0; tables--) {
    const flags = view.getUint8(at++);
    const tag = flags & 0x3f;
    if (tag === OTHER_TAG) at += 4;
    // Of glyf and loca, version 3 is the plain form; of all other tables, version 0.
    const isTransformed = (flags >> 6 === 0) === (tag === GLYF || tag === LOCA);
    let length = readBase128();
    if (isTransformed) length = readBase128();
    if (tag === wanted) place = [offset, offset + length];
    offset += length;
  }
  if (!place) throw new Error("This font has no such table.");
  const tables = brotliDecompressSync(woff2.subarray(at, at + compressedLength)).subarray(...place);
  return new DataView(tables.buffer, tables.byteOffset, tables.byteLength);
}

function readFormat4(cmap: DataView, from: number, found: Set<number>): void {
  const segments = cmap.getUint16(from + 6) / 2;
  const [ends, starts] = [from + 14, from + 16 + segments * 2];
  const [deltas, offsets] = [starts + segments * 2, starts + segments * 4];
  for (let segment = 0; segment < segments; segment++) {
    const [start, end] = [cmap.getUint16(starts + segment * 2), cmap.getUint16(ends + segment * 2)];
    const delta = cmap.getUint16(deltas + segment * 2);
    const place = offsets + segment * 2;
    const offset = cmap.getUint16(place);
    for (let code = start; code <= end && code < 0xffff; code++) {
      const glyph = offset === 0 ? code + delta : cmap.getUint16(place + offset + (code - start) * 2);
      if ((glyph & 0xffff) !== 0) found.add(code);
    }
  }
}

function readFormat12(cmap: DataView, from: number, found: Set<number>): void {
  for (let at = from + 16, groups = cmap.getUint32(from + 12); groups > 0; groups--, at += 12) {
    const [start, end, glyph] = [cmap.getUint32(at), cmap.getUint32(at + 4), cmap.getUint32(at + 8)];
    for (let code = start; code <= end; code++) if (glyph + (code - start) !== 0) found.add(code);
  }
}
