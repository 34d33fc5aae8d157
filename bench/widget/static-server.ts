import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { brotliCompressSync } from "node:zlib";

export interface Resource {
  type: "text/html" | "text/javascript" | "application/json";
  body: string | Buffer;
}
export interface StaticServer {
  readonly url: string;
  stop(): void;
}

/**
 * Files, pages and canned answers by their paths, whatever the method, on a free port of the loopback: brotli of the highest
 * quality, packed before the first request, scripts for ever, open to every origin.
 */
export async function startStaticServer(resources: Readonly<Record<string, Resource>>): Promise<StaticServer> {
  const packed = new Map(
    Object.entries(resources).map(([path, { type, body }]) => [path, { type, body: brotliCompressSync(body) }]),
  );
  const open = { "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*", "Access-Control-Max-Age": "600" };
  const http = createServer((req, res) => {
    if (req.method === "OPTIONS") return void res.writeHead(204, open).end();
    const found = packed.get(new URL(req.url ?? "/", "http://bench").pathname);
    if (!found) return void res.writeHead(404, open).end();
    res.writeHead(200, {
      ...open,
      "Content-Type": `${found.type}; charset=utf-8`,
      "Content-Encoding": "br",
      "Content-Length": found.body.length,
      "Cache-Control": found.type === "text/javascript" ? "public, max-age=31536000, immutable" : "no-store",
    });
    res.end(found.body);
  });
  await new Promise<void>((listening) => http.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    stop() {
      http.close();
      http.closeAllConnections();
    },
  };
}
