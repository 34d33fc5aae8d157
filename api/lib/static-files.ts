import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";

export interface StaticFile {
  body: Uint8Array<ArrayBuffer>;
  encoding: "br" | "gzip" | null;
  etag: string;
}

/**
 * Built files with their compressed copies (`name.br`, `name.gz`), kept in memory until they change on disk. `name` must
 * come from a list or a pattern, never raw from a request.
 */
export function createStaticFiles(folder: URL): { read(name: string, accepted: string | undefined): Promise<StaticFile | null> } {
  const cache = new Map<string, { changedAt: number; file: StaticFile }>();
  async function load(name: string, encoding: StaticFile["encoding"]): Promise<StaticFile | null> {
    const path = new URL(name + (encoding === "br" ? ".br" : encoding === "gzip" ? ".gz" : ""), folder);
    const info = await stat(path).catch(() => null);
    if (!info?.isFile()) return null;
    const known = cache.get(path.href);
    if (known?.changedAt === info.mtimeMs) return known.file;
    const body = new Uint8Array(await readFile(path));
    const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
    const file = { body, encoding, etag };
    cache.set(path.href, { changedAt: info.mtimeMs, file });
    return file;
  }
  return {
    async read(name, accepted) {
      for (const encoding of acceptedEncodings(accepted)) {
        const file = await load(name, encoding);
        if (file) return file;
      }
      return load(name, null);
    },
  };
}

/** What we have, as far as the header allows it; smallest first (RFC 9110 section 12.5.3). */
export function acceptedEncodings(header: string | undefined): ("br" | "gzip")[] {
  const weights = new Map(
    (header ?? "").split(",").map((entry) => {
      const [name, ...parameters] = entry
        .trim()
        .toLowerCase()
        .split(/\s*;\s*/);
      const weight = parameters.find((one) => one.startsWith("q="))?.slice(2);
      return [name ?? "", weight === undefined ? 1 : Number(weight)] as const;
    }),
  );
  return (["br", "gzip"] as const).filter((name) => (weights.get(name) ?? weights.get("*") ?? 0) > 0);
}
