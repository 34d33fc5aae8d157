import type { SubAgent } from "../../protocol/resources.ts";

/** Two specialists that a message could mean both of. `isSame`: the very same topic; else `topic` is part of `otherTopic`. */
export interface TopicOverlap {
  name: string;
  topic: string;
  otherName: string;
  otherTopic: string;
  isSame: boolean;
}
type Specialist = Pick<SubAgent, "name" | "topics" | "is_active">;

/** Among active specialists; capitals and accents make no difference. By whole words: "tea" is not part of "team". */
export function findOverlaps(specialists: readonly Specialist[]): TopicOverlap[] {
  const active = specialists.filter((one) => one.is_active);
  const found: TopicOverlap[] = [];
  for (const [index, one] of active.entries()) {
    for (const other of active.slice(index + 1)) {
      for (const topic of one.topics) {
        for (const otherTopic of other.topics) {
          const [a, b] = [plain(topic), plain(otherTopic)];
          if (a === b) found.push({ name: one.name, topic, otherName: other.name, otherTopic, isSame: true });
          else if (b.includes(a)) found.push({ name: one.name, topic, otherName: other.name, otherTopic, isSame: false });
          else if (a.includes(b))
            found.push({ name: other.name, topic: otherTopic, otherName: one.name, otherTopic: topic, isSame: false });
        }
      }
    }
  }
  return found;
}

/** Words between single spaces, spaces at both ends. */
function plain(topic: string): string {
  const words = topic
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLocaleLowerCase("en")
    .split(/[^\p{L}\p{N}]+/u);
  return ` ${words.filter(Boolean).join(" ")} `;
}
