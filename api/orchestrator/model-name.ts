import type { Config } from "../config.ts";
import type { ChatModel } from "../llm/model.ts";

/** What the database writes when nobody chose a model. */
const BUILT_IN_DEFAULT = "gpt-4o-mini";

/**
 * The model to ask the server for: the specialist's, else the agent's. An agent that kept the built-in default gets
 * `OPENAI_MODEL` on any server but OpenAI's own, because only OpenAI has a model of that name. Where there is one model
 * only, as without a key, it is that one: traces tell who really answered.
 */
export function modelName(
  { config, model }: { readonly config: Pick<Config, "openai" | "defaultModel">; readonly model: Pick<ChatModel, "onlyModel"> },
  agentModel: string,
  subAgentModel?: string | null,
): string {
  if (model.onlyModel !== undefined) return model.onlyModel;
  const wished = subAgentModel || agentModel || BUILT_IN_DEFAULT;
  const isOpenAi = config.openai !== null && /(^|\.)openai\.com$/.test(new URL(config.openai.baseUrl).hostname);
  return wished === BUILT_IN_DEFAULT && !isOpenAi ? config.defaultModel : wished;
}
