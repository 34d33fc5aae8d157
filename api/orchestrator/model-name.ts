import type { Config } from "../config.ts";

/** What the database writes when nobody chose a model. */
const BUILT_IN_DEFAULT = "gpt-4o-mini";

/**
 * The model to ask the server for: the specialist's, else the agent's. An agent that kept the built-in default gets
 * `OPENAI_MODEL` on any server but OpenAI's own, because only OpenAI has a model of that name.
 */
export function modelName(
  config: Pick<Config, "openai" | "defaultModel">,
  agentModel: string,
  subAgentModel?: string | null,
): string {
  const wished = subAgentModel || agentModel || BUILT_IN_DEFAULT;
  const isOpenAi = config.openai !== null && /(^|\.)openai\.com$/.test(new URL(config.openai.baseUrl).hostname);
  return wished === BUILT_IN_DEFAULT && !isOpenAi ? config.defaultModel : wished;
}
