import type { Context } from "hono";
import type { Deps } from "../deps.ts";
import { AppError } from "../errors.ts";
import { avatarSvg } from "../lib/avatar.ts";
import { frameAncestors } from "../lib/origins.ts";
import { publicUrlOf } from "../services/agents/to-agent.ts";
import { getPublicAgent } from "../services/visitors/get-public-agent.ts";
import { getPublicPage } from "../services/visitors/get-public-page.ts";
import { readWidgetManifest } from "./assets.ts";
import { absentPage } from "./public-page-absent.ts";
import { chatPage } from "./public-page-chat.ts";
import { appManifest } from "./public-page-manifest.ts";
import { picturePath, publicPictureRoutes } from "./public-page-pictures.ts";
import { pagePolicy } from "./public-page-policy.ts";
import { pageWords } from "./public-page-words.ts";
import { createRouter, type Router } from "./router.ts";

/** The page behind an agent's address and QR code, and what it is known by elsewhere: manifest, icons, share card. */
export function publicPageRoutes(deps: Deps): Router {
  const router = createRouter();

  router.get("/a/:slug", async (c) => {
    const manifest = await readWidgetManifest();
    const isEmbedded = isOn(c.req.query("embed"));
    const page = await getPublicPage(deps, { slug: c.req.param("slug") }).catch((err: unknown) => {
      if (err instanceof AppError) return err;
      throw err;
    });
    const isAbsent = page instanceof AppError;
    const wishes = [isAbsent ? null : page.agent.locale, c.req.header("Accept-Language")];
    const { lang, words } = pageWords(wishes);
    // A page that says only that there is nothing to chat with may stand anywhere.
    setHeaders(c, lang, isEmbedded ? frameAncestors(isAbsent ? [] : page.allowedOrigins) : "'self'");
    if (isEmbedded || isAbsent) c.header("X-Robots-Tag", "noindex");
    if (isAbsent) {
      const isPaused = page.details["paused"] === true;
      return c.html(absentPage({ isPaused, lang, words, css: `/widget/${manifest.page_css}` }), 404);
    }
    const { agent } = page;
    return c.html(
      chatPage({
        agent,
        lang,
        words,
        manifest,
        isEmbedded,
        url: publicUrlOf(agent.slug, deps.config),
        cardPath: picturePath("og.png", agent, deps.config),
        touchIconPath: picturePath("apple-touch-icon.png", agent, deps.config),
        source: c.req.query("src"),
      }),
    );
  });

  router.get("/a/:slug/manifest.webmanifest", async (c) => {
    const agent = await getPublicAgent(deps, { slug: c.req.param("slug") });
    return c.body(JSON.stringify(appManifest(agent, deps.config)), 200, {
      "Content-Type": "application/manifest+json",
      "Cache-Control": "public, max-age=300",
    });
  });

  router.get("/a/:slug/icon.svg", async (c) => {
    const agent = await getPublicAgent(deps, { slug: c.req.param("slug") });
    return c.body(avatarSvg(agent.name, agent.appearance.color, false), 200, {
      "Content-Type": "image/svg+xml; charset=utf-8",
      "Cache-Control": "public, max-age=300",
    });
  });

  router.route("/", publicPictureRoutes(deps));
  return router;
}

function setHeaders(c: Context, lang: string, frames: string): void {
  c.header("Content-Security-Policy", pagePolicy(frames));
  c.header("Cache-Control", "no-cache");
  c.header("Vary", "Accept-Language");
  c.header("Content-Language", lang);
}

/** `?embed`, `?embed=1`, `?embed=true`. */
function isOn(value: string | undefined): boolean {
  return value !== undefined && !/^(0|false|no|off)$/i.test(value);
}
