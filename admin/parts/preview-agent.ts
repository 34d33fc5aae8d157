import { initials } from "../../protocol/colors.ts";
import type { Agent, PublicAgent } from "../../protocol/resources.ts";
import { t } from "../i18n/i18n.ts";

/** What a form holds of that which visitors see. */
export interface Typed {
  name?: string;
  description?: string | null;
  language?: string;
  greeting?: string | null;
  starters?: readonly string[];
  appearance?: PublicAgent["appearance"];
}

/** The agent as visitors will know it once what is typed is saved. */
export function previewAgent(agent: Agent | null, typed: Typed): PublicAgent {
  const config = agent?.config ?? {};
  const name = (typed.name ?? agent?.name) || t("New agent");
  return {
    id: agent?.id ?? "",
    slug: agent?.slug ?? "",
    name,
    initials: initials(name),
    description: typed.description === undefined ? (agent?.description ?? null) : typed.description,
    greeting: typed.greeting ?? (config["greeting"] as string | undefined) ?? null,
    starters: [...(typed.starters ?? (config["starters"] as string[] | undefined) ?? [])],
    appearance: typed.appearance ?? (config["appearance"] as PublicAgent["appearance"] | undefined) ?? {},
    locale: typed.language ?? (config["locale"] as string | undefined) ?? null,
  };
}
