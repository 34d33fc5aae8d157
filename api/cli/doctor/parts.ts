import { createClient } from "redis";
import type { Config } from "../../config.ts";
import { createOpenAiModel } from "../../llm/openai.ts";
import { ModelError } from "../../llm/model.ts";
import { ok, problem, warning, type Finding } from "./finding.ts";

/** Redis and the model. */

const REDIS_MS_MAX = 3000;
const MODEL_MS_MAX = 15_000;

/** Null: none is configured. */
export async function checkRedis(redisUrl: string | null): Promise<Finding | null> {
  if (redisUrl === null) return null;
  const name = "Redis";
  const { host } = new URL(redisUrl);
  const client = createClient({
    url: redisUrl,
    socket: { connectTimeout: REDIS_MS_MAX, socketTimeout: REDIS_MS_MAX, reconnectStrategy: false },
  }).on("error", () => {});
  try {
    await client.connect();
    await client.ping();
    return ok(name, `Redis at ${host} answers.`);
  } catch (err) {
    return problem(
      name,
      `Redis at ${host} cannot be used (${(err as Error).message}). Start it or correct REDIS_URL; without REDIS_URL nodes talk over PostgreSQL.`,
    );
  } finally {
    if (client.isOpen) client.destroy();
  }
}

/** Asks for one word, which costs a few tokens. */
export async function checkModel(config: Pick<Config, "openai" | "defaultModel">): Promise<Finding> {
  const name = "Model";
  if (!config.openai) {
    return warning(
      name,
      "The built-in scripted model answers. Set OPENAI_API_KEY, or OPENAI_BASE_URL of a server without keys, for a real one.",
    );
  }
  const { host } = new URL(config.openai.baseUrl);
  try {
    await createOpenAiModel(config.openai).complete({
      model: config.defaultModel,
      messages: [{ role: "user", content: "Answer with the word ok." }],
      tokensMax: 256,
      signal: AbortSignal.timeout(MODEL_MS_MAX),
    });
  } catch (err) {
    // It has answered, only not well: small models do.
    if (!(err instanceof ModelError && (err.kind === "garbled" || err.kind === "empty"))) {
      const why = err instanceof ModelError ? err.message : `It did not answer within ${MODEL_MS_MAX / 1000} s.`;
      return problem(
        name,
        `${config.defaultModel} at ${host} gives no answer. ${why} Check OPENAI_API_KEY, OPENAI_BASE_URL and OPENAI_MODEL.`,
      );
    }
  }
  return ok(name, `${config.defaultModel} at ${host} answers.`);
}
