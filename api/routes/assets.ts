import type { Context } from "hono";
import { AppError } from "../errors.ts";
import { createStaticFiles } from "../lib/static-files.ts";
import { createRouter, type Router } from "./router.ts";

const files = createStaticFiles(new URL("../../dist/widget/", import.meta.url));
const TYPES: Record<string, string> = { js: "text/javascript; charset=utf-8", css: "text/css; charset=utf-8" };

/** Names of the built files, by their purpose. */
export interface WidgetManifest {
  chat: string;
  page: string;
  page_imports: string[];
  page_css: string;
}

/** Throws INTERNAL_ERROR with what to do when the widget has not been built. */
export async function readWidgetManifest(): Promise<WidgetManifest> {
  const file = await files.read("manifest.json", undefined);
  if (!file) throw new Error("dist/widget is missing. Run `npm run build` once; `npm start` does it by itself.");
  return JSON.parse(new TextDecoder().decode(file.body)) as WidgetManifest;
}

/** The loader under its one name for ever, everything else under names that change with the content. */
export function assetRoutes(): Router {
  const router = createRouter();
  router.get("/widget/v1.js", (c) => serve(c, "v1.js", "public, max-age=300, stale-while-revalidate=86400"));
  router.get("/widget/assets/:name{[\\w-]+\\.(?:js|css)}", (c) =>
    serve(c, `assets/${c.req.param("name")}`, "public, max-age=31536000, immutable"),
  );
  return router;
}

async function serve(c: Context, name: string, cacheControl: string): Promise<Response> {
  const file = await files.read(name, c.req.header("Accept-Encoding"));
  if (!file) throw new AppError("NOT_FOUND", "There is nothing at this address.");
  const headers: Record<string, string> = {
    ETag: file.etag,
    "Cache-Control": cacheControl,
    Vary: "Accept-Encoding",
    // Pages that isolate themselves (COEP) load us, too.
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",
  };
  const known = (c.req.header("If-None-Match") ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  if (known.includes(file.etag)) return c.body(null, 304, headers);
  if (file.encoding) headers["Content-Encoding"] = file.encoding;
  return c.body(file.body, 200, { ...headers, "Content-Type": TYPES[name.split(".").pop()!]! });
}
