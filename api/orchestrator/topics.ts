import { words } from "../lib/text-search.ts";
import type { SubAgentFacts } from "./registry.ts";

export const NO_TOPIC = "none";

export interface Topic {
  topic: string;
  subAgent: SubAgentFacts;
}

/** Words only, folded: "Preços!" equals "precos". */
export const topicKey = (text: string): string => words(text).join(" ");

/** Every topic once; of two specialists with the same topic the older one has it. */
export function topicsOf(subAgents: readonly SubAgentFacts[]): Topic[] {
  const seen = new Set<string>([NO_TOPIC, ""]);
  const topics: Topic[] = [];
  for (const subAgent of subAgents) {
    for (const topic of subAgent.topics) {
      const key = topicKey(topic);
      if (seen.has(key)) continue;
      seen.add(key);
      topics.push({ topic, subAgent });
    }
  }
  return topics;
}

/** Messages longer than this say more than one thing: a word in them proves little. */
const LITERAL_CHARS_MAX = 280;
const LITERAL_TOPIC_CHARS_MIN = 3;

/** The topic that stands word for word in the message, when it is one specialist's alone. */
export function literalTopic(subAgents: readonly SubAgentFacts[], message: string): Topic | null {
  if (message.length > LITERAL_CHARS_MAX) return null;
  const said = ` ${topicKey(message)} `;
  const hits: Topic[] = [];
  for (const subAgent of subAgents) {
    const topic = subAgent.topics.find((candidate) => {
      const key = topicKey(candidate);
      return key !== NO_TOPIC && key.length >= LITERAL_TOPIC_CHARS_MIN && said.includes(` ${key} `);
    });
    if (topic !== undefined) hits.push({ topic, subAgent });
  }
  return hits.length === 1 ? hits[0]! : null;
}

/**
 * What a model's answer means: a topic, "none", or null when it is neither. Takes JSON `{"topic": …}`, fenced JSON, or the bare
 * words, with any case, accents and punctuation; words around one single topic are allowed.
 */
export function readTopicAnswer(topics: readonly Topic[], answer: string): Topic | typeof NO_TOPIC | null {
  const stated = jsonTopic(answer);
  const key = topicKey(stated ?? answer);
  if (key === NO_TOPIC) return NO_TOPIC;
  const exact = topics.find(({ topic }) => topicKey(topic) === key);
  if (exact) return exact;
  const said = ` ${key} `;
  const inside = topics.filter(({ topic }) => said.includes(` ${topicKey(topic)} `));
  // "gift card" inside "gift card returns" is no second topic.
  const longest = inside.filter(
    (one) => !inside.some((other) => other !== one && ` ${topicKey(other.topic)} `.includes(` ${topicKey(one.topic)} `)),
  );
  if (longest.length === 1) return longest[0]!;
  return longest.length === 0 && said.includes(` ${NO_TOPIC} `) ? NO_TOPIC : null;
}

function jsonTopic(answer: string): string | null {
  const start = answer.indexOf("{");
  const end = answer.lastIndexOf("}");
  if (start < 0 || end < start) return null;
  try {
    const { topic } = JSON.parse(answer.slice(start, end + 1)) as { topic?: unknown };
    return typeof topic === "string" ? topic : null;
  } catch {
    return null;
  }
}
