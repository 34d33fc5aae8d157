import { rankPassages } from "../lib/text-search.ts";
import { approximateTokens } from "./tokens.ts";

/** Any JSON as passages of text: one a sentence or list item, keys kept as labels where they say something. */
export function passagesOf(knowledge: unknown, label = ""): string[] {
  if (typeof knowledge === "string") {
    const sentences = knowledge.split(/\n+|(?<=[.!?…。！？])\s+/u).map((sentence) => sentence.trim());
    return sentences.filter(Boolean).map((sentence) => (label ? `${label}: ${sentence}` : sentence));
  }
  if (typeof knowledge === "number" || typeof knowledge === "boolean")
    return label ? [`${label}: ${knowledge}`] : [String(knowledge)];
  if (Array.isArray(knowledge)) return knowledge.flatMap((item) => passagesOf(item, label));
  if (typeof knowledge === "object" && knowledge !== null) {
    const { question, answer, ...rest } = knowledge as Record<string, unknown>;
    const pair = typeof question === "string" && typeof answer === "string" ? [`${question} ${answer}`] : [];
    const others = pair.length > 0 ? rest : (knowledge as Record<string, unknown>);
    return [...pair, ...Object.entries(others).flatMap(([key, value]) => passagesOf(value, labelOf(key)))];
  }
  return [];
}

/** "opening_hours" reads as "Opening hours"; keys that only say that there is text say nothing. */
function labelOf(key: string): string {
  if (/^(text|content|body|notes?|knowledge|facts?|items?|documents?|faqs?|entries|data|\d+)$/i.test(key)) return "";
  const spaced = key.replaceAll(/[_-]+/g, " ").trim();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

/** All passages where they fit, otherwise those that share most with the question, in their own order. */
export function fittingPassages(passages: readonly string[], question: string, tokensMax: number): string[] {
  const costs = passages.map(approximateTokens);
  if (costs.reduce((sum, cost) => sum + cost, 0) <= tokensMax) return [...passages];
  const ranked = rankPassages(passages, question).map((passage) => passage.index);
  const order = [...ranked, ...costs.map((_, index) => index).filter((index) => !ranked.includes(index))];
  const chosen = new Set<number>();
  let spent = 0;
  for (const index of order) {
    if (spent + costs[index]! > tokensMax) continue;
    spent += costs[index]!;
    chosen.add(index);
  }
  return passages.filter((_, index) => chosen.has(index));
}
