import type { PublicAgent } from "../../protocol/resources.ts";
import type { Config } from "../config.ts";
import { accentOf } from "../lib/avatar.ts";
import { picturePath, type PictureName } from "./public-page-pictures.ts";

const SHORT_NAME_MAX = 24;

/** What makes the page an application that can be installed (W3C "Web Application Manifest"). */
export function appManifest(agent: PublicAgent, config: Pick<Config, "publicUrl">): Record<string, unknown> {
  const path = `/a/${agent.slug}`;
  const icon = (name: PictureName, side: number, purpose: "any" | "maskable") => ({
    src: `${path}/${picturePath(name, agent, config)}`,
    sizes: `${side}x${side}`,
    type: "image/png",
    purpose,
  });
  return {
    name: agent.name,
    short_name: shortName(agent.name),
    description: agent.description ?? undefined,
    lang: agent.locale ?? undefined,
    id: path,
    start_url: `${path}?src=app`,
    scope: path,
    display: "standalone",
    background_color: agent.appearance.theme === "dark" ? "#17191e" : "#ffffff",
    theme_color: accentOf(agent.appearance.color),
    icons: [
      icon("icon-192.png", 192, "any"),
      icon("icon-512.png", 512, "any"),
      icon("icon-maskable-192.png", 192, "maskable"),
      icon("icon-maskable-512.png", 512, "maskable"),
      { src: `${path}/icon.svg`, sizes: "any", type: "image/svg+xml", purpose: "any" },
    ],
  };
}

/** As many whole words as fit under an icon; never half a character. */
function shortName(name: string): string {
  const clusters = [...new Intl.Segmenter().segment(name)].map((one) => one.segment);
  if (clusters.length <= SHORT_NAME_MAX) return name;
  const start = clusters.slice(0, SHORT_NAME_MAX + 1).join("");
  const words = start.slice(0, Math.max(0, start.search(/\s\S*$/u))).trim();
  return words || clusters.slice(0, SHORT_NAME_MAX).join("");
}
