/**
 * List prices in US dollars for a million tokens, read and written (openai.com/api/pricing, 2025). An estimate: contracts, caches
 * and other hosts of the same models cost something else. Models that are not here have no price.
 */
const PRICES: Readonly<Record<string, readonly [prompt: number, completion: number]>> = {
  "gpt-4o": [2.5, 10],
  "gpt-4o-mini": [0.15, 0.6],
  "gpt-4.1": [2, 8],
  "gpt-4.1-mini": [0.4, 1.6],
  "gpt-4.1-nano": [0.1, 0.4],
};

export interface ModelTokens {
  model: string;
  prompt_tokens: number;
  completion_tokens: number;
}

/** US dollars; null when the price of a model that was used is not known. Dated names ("gpt-4o-2024-11-20") cost as their family. */
export function estimateCost(used: readonly ModelTokens[]): number | null {
  let sum = 0;
  for (const { model, prompt_tokens, completion_tokens } of used) {
    if (prompt_tokens + completion_tokens === 0) continue;
    const price = PRICES[model.replace(/-\d{4}-\d{2}-\d{2}$/, "")];
    if (!price) return null;
    sum += (prompt_tokens * price[0] + completion_tokens * price[1]) / 1_000_000;
  }
  return sum;
}
