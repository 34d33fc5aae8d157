import { agentTag } from "../../../protocol/embed-recipes.ts";
import type { Config } from "../../config.ts";

/** The one tag a site owner pastes, with what the agent's appearance says about pages. */
export function embedSnippet(slug: string, config: Pick<Config, "publicUrl">, appearance?: unknown): string {
  return agentTag({ origin: config.publicUrl, agent: slug }, appearance);
}
