import { setTimeout as sleep } from "node:timers/promises";
import { keywords, rankPassages, words } from "../lib/text-search.ts";
import type { ChatModel, Grounding, TokenUsage } from "./model.ts";
import { phrasesFor } from "./scripted-phrases.ts";

/** Passages of knowledge one answer quotes at most. */
const PASSAGES_MAX = 3;

/**
 * A model without a model: finds what the agent was given about the question and says so, word by word. Deterministic.
 * `wordDelayMs`: pause between words, so that streaming is seen.
 */
export function createScriptedModel({ wordDelayMs = 18 } = {}): ChatModel {
  return {
    provider: "scripted",
    onlyModel: "scripted",
    async *stream(request) {
      const answer = scriptedAnswer(request.grounding ?? emptyGrounding(request.messages.at(-1)?.content ?? ""));
      for (const word of answer.match(/\s*\S+/g) ?? []) {
        if (wordDelayMs > 0) await sleep(wordDelayMs, undefined, { signal: request.signal });
        request.signal.throwIfAborted();
        yield { type: "text", text: word };
      }
      yield { type: "usage", usage: countWords(request.messages, answer) };
    },
    async complete(request) {
      request.signal.throwIfAborted();
      const grounding = request.grounding ?? emptyGrounding(request.messages.at(-1)?.content ?? "");
      const text = grounding.routing ? JSON.stringify({ topic: scriptedTopic(grounding) }) : scriptedAnswer(grounding);
      return { text, usage: countWords(request.messages, text) };
    },
  };
}

function emptyGrounding(question: string): Grounding {
  const agent = { name: "Renus", description: null, greeting: null, starters: [] };
  return { language: null, agent, specialist: null, knowledge: [], question };
}

function countWords(messages: readonly { content: string }[], answer: string): TokenUsage {
  const prompt = messages.reduce((sum, message) => sum + words(message.content).length, 0);
  return { prompt, completion: words(answer).length };
}

const THANKS = new Set(
  "ok okay great perfect cool thank thanks you very much muito obrigado obrigada valeu otimo perfeito muchas gracias genial".split(
    " ",
  ),
);

/** The best passages for the question; a greeting for small talk; the starters when nothing fits. */
export function scriptedAnswer(grounding: Grounding): string {
  const { agent, specialist, knowledge, question } = grounding;
  const phrases = phrasesFor(grounding.language);
  const demonstration = phrases.demonstration.replace("{name}", () => agent.name);
  const descriptions = [specialist?.description, agent.description].filter((text) => text != null);
  const quoted = bestPassages(knowledge, question);
  const found = quoted.length > 0 ? quoted : bestPassages(descriptions, question);
  if (found.length > 0) return [found.join(" "), demonstration].join("\n\n");

  const starters =
    agent.starters.length > 0 ? [`${phrases.starters}\n${agent.starters.map((starter) => `- ${starter}`).join("\n")}`] : [];
  const opening = () => {
    const said = words(question);
    if (said.length > 0 && said.every((word) => THANKS.has(word))) return [phrases.welcome];
    if (keywords(question).length === 0 && agent.greeting) return [agent.greeting, ...starters];
    if (!specialist) return [[phrases.unknown, agent.description].filter(Boolean).join(" "), ...starters];
    const who = phrases.specialist.replace("{specialist}", () => specialist.name);
    return [[who, specialist.description].filter(Boolean).join(" "), knowledge.slice(0, 2).join(" "), ...starters];
  };
  return [...opening(), demonstration].filter(Boolean).join("\n\n");
}

/** What fits the question at least half as well as the best does, in its own order. */
function bestPassages(passages: readonly string[], question: string): string[] {
  const ranked = rankPassages(passages, question);
  return ranked
    .filter(({ score }) => score >= ranked[0]!.score / 2)
    .slice(0, PASSAGES_MAX)
    .map(({ index }) => index)
    .sort((a, b) => a - b)
    .map((index) => passages[index]!);
}

const FOLLOW_UP = new Set(
  "it that this those these them they one ones also else more another isso isto esse essa ele ela disso dele dela tambem outro eso esto ese esa ello tambien otro".split(
    " ",
  ),
);

/** The topic that shares most words with the question; the former one for a short question that only points back. */
export function scriptedTopic({ question, routing }: Grounding): string {
  if (!routing) return "none";
  const ranked = rankPassages(
    routing.topics.map(({ topic, about }) => `${topic} ${topic} ${about}`),
    question,
  );
  const best = ranked[0] && routing.topics[ranked[0].index]!;
  if (best) {
    // All topics of a specialist share what is about it: their own words decide between them.
    const own = routing.topics.filter(({ about }) => about === best.about).map(({ topic }) => topic);
    return own[rankPassages(own, question)[0]?.index ?? 0]!;
  }
  const said = words(question);
  const pointsBack =
    said.length <= 8 && said.some((word) => FOLLOW_UP.has(word) || word === "and" || word === "e" || word === "y");
  return pointsBack && routing.previousTopic !== null ? routing.previousTopic : "none";
}
