export const TOPICS_MAX = 50;
export const TOPIC_CHARS_MAX = 80;

/** "prices, opening hours" → topics; lines, commas and semicolons part them, doubles are dropped. */
export function splitTopics(text: string, known: readonly string[] = []): string[] {
  const topics = [...known];
  for (const part of text.split(/[,;\n]/)) {
    const topic = part.trim().replace(/\s+/g, " ").slice(0, TOPIC_CHARS_MAX);
    const isKnown = topics.some((other) => other.toLocaleLowerCase() === topic.toLocaleLowerCase());
    if (topic && !isKnown && topics.length < TOPICS_MAX) topics.push(topic);
  }
  return topics;
}
