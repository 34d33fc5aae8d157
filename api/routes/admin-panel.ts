import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Context } from "hono";
import { AppError } from "../errors.ts";
import type { Deps } from "../deps.ts";
import { pagePolicy } from "./public-page-policy.ts";
import { createRouter, type RouteEnv, type Router } from "./router.ts";

const PANEL_DIR = fileURLToPath(new URL("../../dist/admin/", import.meta.url));
const TYPES: Record<string, string> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};
const NOT_BUILT = "The panel is not built yet. Run `npm run build` (or `npm start`, which does it) and reload this page.";

/** The panel's page and its files. Every address below /admin/ is the same page; its own router reads the rest. */
export function adminPanelRoutes(deps: Pick<Deps, "config">): Router {
  const { supabase } = deps.config;
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    `connect-src 'self'${supabase ? ` ${new URL(supabase.url).origin}` : ""}`,
    // The preview of a chat.
    "frame-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types lit-html",
  ].join("; ");

  const router = createRouter();
  router.get("/", (c) => c.redirect("/admin/"));
  router.get("/admin", (c) => c.redirect("/admin/"));
  router.get("/admin/assets/:file", async (c) => {
    const name = c.req.param("file");
    // Names are made by the build: no dots but before the ending, so nothing outside can be named.
    const ending = /^[\w-]+\.(css|js|svg)$/.exec(name)?.[1];
    const answer = ending ? await panelFile(c, `assets/${name}`, ending) : null;
    if (!answer) throw new AppError("NOT_FOUND", "There is nothing at this address.");
    c.header("Cache-Control", "public, max-age=31536000, immutable");
    return answer();
  });
  // The chat of an agent in a frame of the panel, which tells it all that it shows.
  router.get("/admin/preview", async (c) => {
    const answer = await panelFile(c, "preview.html", "html");
    c.header("Cache-Control", "no-cache");
    c.header("Content-Security-Policy", pagePolicy("'self'"));
    return answer ? answer() : c.text(NOT_BUILT, 503);
  });
  router.get("/admin/*", async (c) => {
    const answer = await panelFile(c, "index.html", "html");
    c.header("Cache-Control", "no-cache");
    c.header("Content-Security-Policy", policy);
    c.header("Referrer-Policy", "same-origin");
    c.header("X-Frame-Options", "DENY");
    return answer ? answer() : c.text(NOT_BUILT, 503);
  });
  return router;
}

/** The file, in brotli where the browser takes it; null when it is not there. */
async function panelFile(c: Context<RouteEnv>, path: string, ending: string): Promise<(() => Response) | null> {
  const read = (file: string) => readFile(PANEL_DIR + file).catch(() => null);
  const isBrotli = /\bbr\b/.test(c.req.header("Accept-Encoding") ?? "");
  const packed = isBrotli ? await read(`${path}.br`) : null;
  const bytes = packed ?? (await read(path));
  if (!bytes) return null;
  return () => {
    c.header("Content-Type", TYPES[ending]!);
    c.header("X-Content-Type-Options", "nosniff");
    c.header("Vary", "Accept-Encoding");
    if (packed) c.header("Content-Encoding", "br");
    return c.body(new Uint8Array(bytes));
  };
}
