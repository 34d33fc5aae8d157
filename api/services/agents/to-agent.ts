import { initials } from "../../../protocol/colors.ts";
import type { Selectable } from "kysely";
import type { Agent, PublicAgent } from "../../../protocol/resources.ts";
import type { Config } from "../../config.ts";
import type { AgentsTable } from "../../db/types.ts";

export type AgentRow = Selectable<AgentsTable>;

/** A row as it travels. `public_url` follows PUBLIC_URL and the slug of today; null until the first publication. */
export function toAgent(row: AgentRow, config: Pick<Config, "publicUrl">): Agent {
  return { ...(row as Agent), public_url: row.public_url === null ? null : publicUrlOf(row.slug, config) };
}

export function publicUrlOf(slug: string, config: Pick<Config, "publicUrl">): string {
  return `${config.publicUrl}/a/${slug}`;
}

/** What anybody may know: never prompts, models or keys. */
export function toPublicAgent(row: AgentRow): PublicAgent {
  const { greeting, starters, appearance, locale } = row.config as Record<string, unknown>;
  const consent = consentOf(row.config);
  return {
    id: row.id,
    slug: row.slug,
    name: row.name,
    initials: initials(row.name),
    description: row.description,
    greeting: typeof greeting === "string" && greeting.trim() !== "" ? greeting : null,
    starters: Array.isArray(starters) ? starters.filter((starter) => typeof starter === "string").slice(0, 4) : [],
    appearance: toAppearance(appearance),
    locale: typeof locale === "string" && locale !== "" ? locale : null,
    ...(consent && { consent }),
  };
}

/** What visitors have to agree to; null where nothing is asked. */
export function consentOf(config: Record<string, unknown>): { text: string; url: string | null } | null {
  const { text, url } = Object(config["consent"]) as Record<string, unknown>;
  if (typeof text !== "string" || text.trim() === "") return null;
  return { text, url: typeof url === "string" && /^https?:\/\//i.test(url) ? url : null };
}

// Old rows and hand-written configs hold anything; only what the schema names goes out.
function toAppearance(value: unknown): PublicAgent["appearance"] {
  const appearance = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  const { color, theme, avatar_url: avatarUrl } = appearance;
  const result: PublicAgent["appearance"] = {};
  if (typeof color === "string" && /^#[0-9a-f]{6}$/i.test(color)) result.color = color;
  if (theme === "auto" || theme === "light" || theme === "dark") result.theme = theme;
  if (typeof avatarUrl === "string" && /^https?:\/\//i.test(avatarUrl)) result.avatar_url = avatarUrl;
  return result;
}
