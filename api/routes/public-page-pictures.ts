import type { PublicAgent } from "../../protocol/resources.ts";
import type { Config } from "../config.ts";
import type { Deps } from "../deps.ts";
import { accentOf } from "../lib/avatar.ts";
import type { AppIcon, Picture } from "../lib/pictures/picture.ts";
import { createPictures, pictureTag } from "../lib/pictures/pictures.ts";
import { publicUrlOf } from "../services/agents/to-agent.ts";
import { getPublicAgent } from "../services/visitors/get-public-agent.ts";
import { pageWords } from "./public-page-words.ts";
import { createRouter, type Router } from "./router.ts";

/** The pictures that an agent has, by their names under its address. Sizes are fixed: nobody can ask for others. */
export const PICTURE_NAMES = [
  "og.png",
  "icon-192.png",
  "icon-512.png",
  "icon-maskable-192.png",
  "icon-maskable-512.png",
  "apple-touch-icon.png",
] as const;
export type PictureName = (typeof PICTURE_NAMES)[number];

export function pictureOf(name: PictureName, agent: PublicAgent, config: Pick<Config, "publicUrl">): Picture {
  const accent = accentOf(agent.appearance.color);
  const icon = (size: number, shape: AppIcon["shape"]): AppIcon => ({ kind: "icon", name: agent.name, accent, size, shape });
  switch (name) {
    case "og.png":
      return {
        kind: "card",
        name: agent.name,
        description: agent.description,
        accent,
        // Whoever fetches it is a network, whose language says nothing about the reader's.
        hint: pageWords([agent.locale]).words.chat,
        address: publicUrlOf(agent.slug, config).replace(/^https?:\/\//, ""),
        lang: agent.locale,
      };
    case "icon-192.png":
      return icon(192, "rounded");
    case "icon-512.png":
      return icon(512, "rounded");
    case "icon-maskable-192.png":
      return icon(192, "full");
    case "icon-maskable-512.png":
      return icon(512, "full");
    case "apple-touch-icon.png":
      return icon(180, "full");
  }
}

/** Address of a picture below the agent's. It changes with the picture, so that whoever keeps it asks for the new one. */
export function picturePath(name: PictureName, agent: PublicAgent, config: Pick<Config, "publicUrl">): string {
  return `${name}?v=${pictureTag(pictureOf(name, agent, config))}`;
}

export function publicPictureRoutes(deps: Deps): Router {
  const router = createRouter();
  const pictures = createPictures();
  const pattern = PICTURE_NAMES.map((name) => name.replace(".", "\\.")).join("|");

  router.get(`/a/:slug/:picture{(?:${pattern})}`, async (c) => {
    const agent = await getPublicAgent(deps, { slug: c.req.param("slug") });
    const picture = pictureOf(c.req.param("picture") as PictureName, agent, deps.config);
    const tag = pictureTag(picture);
    const headers = {
      ETag: `"${tag}"`,
      "Cache-Control":
        c.req.query("v") === tag ? "public, max-age=31536000, immutable" : "public, max-age=3600, stale-while-revalidate=86400",
      // Networks and other pages show it.
      "Cross-Origin-Resource-Policy": "cross-origin",
    };
    const known = (c.req.header("If-None-Match") ?? "").split(",").map((one) => one.trim().replace(/^W\//, ""));
    if (known.includes(headers.ETag)) return c.body(null, 304, headers);
    return c.body(await pictures.draw(picture), 200, { ...headers, "Content-Type": "image/png" });
  });
  return router;
}
