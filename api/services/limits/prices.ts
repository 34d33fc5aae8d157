/**
 * List prices in US dollars for a million tokens, read and written (openai.com/api/pricing, 2025). An estimate: contracts, caches
 * and other hosts of the same models cost something else. Models that are not here have no price.
 */
const PRICES: Readonly<Record<string, Price>> = {
  "gpt-5": [1.25, 10],
  "gpt-5-mini": [0.25, 2],
  "gpt-5-nano": [0.05, 0.4],
  "gpt-4.1": [2, 8],
  "gpt-4.1-mini": [0.4, 1.6],
  "gpt-4.1-nano": [0.1, 0.4],
  "gpt-4o": [2.5, 10],
  "gpt-4o-mini": [0.15, 0.6],
  "gpt-4-turbo": [10, 30],
  "gpt-4": [30, 60],
  "gpt-3.5-turbo": [0.5, 1.5],
  o1: [15, 60],
  o3: [2, 8],
  "o3-mini": [1.1, 4.4],
  "o4-mini": [1.1, 4.4],
};
type Price = readonly [prompt: number, completion: number];

/** What a model that is not in the table counts as against a limit in money: as much as the dear ones that are in common use. */
const UNKNOWN: Price = [5, 25];

export interface ModelTokens {
  model: string;
  prompt_tokens: number;
  completion_tokens: number;
}

/** Dated names ("gpt-4o-2024-11-20") cost as their family. */
const priceOf = (model: string): Price | undefined => {
  const family = model.replace(/-\d{4}-\d{2}-\d{2}$/, "");
  return Object.hasOwn(PRICES, family) ? PRICES[family] : undefined;
};

/** US dollars; null when the price of a model that was used is not known. */
export function estimateCost(used: readonly ModelTokens[]): number | null {
  let sum = 0;
  for (const { model, prompt_tokens, completion_tokens } of used) {
    if (prompt_tokens + completion_tokens === 0) continue;
    const price = priceOf(model);
    if (!price) return null;
    sum += (prompt_tokens * price[0] + completion_tokens * price[1]) / 1_000_000;
  }
  return sum;
}

/** Millionths of a US dollar that count against a limit, rounded up. */
export function countedCost({ model, prompt_tokens, completion_tokens }: ModelTokens): number {
  const [prompt, completion] = priceOf(model) ?? UNKNOWN;
  return Math.ceil(prompt_tokens * prompt + completion_tokens * completion);
}
