import type { Selectable } from "kysely";
import type { ConversationsTable, MessagesTable } from "../../db/types.ts";
import { toConversation } from "../conversations/to-conversation.ts";
import { toMessage } from "../messages/to-message.ts";

/** What was written down when it happened. */
export interface QueuedEvent {
  type: string;
  created_at: string;
  data: Record<string, unknown>;
}

/**
 * The body of a delivery: `{type, timestamp, data}`, its resources as the API shows them. The same at every attempt, because
 * receivers may compare.
 */
export function toPayload({ type, created_at, data }: QueuedEvent): string {
  return JSON.stringify({ type, timestamp: created_at, data: toResources(data) });
}

type Joined = Parameters<typeof toConversation>[0];

function toResources(data: Record<string, unknown>): Record<string, unknown> {
  if (data["message"]) return { message: toMessage(withTimes(data["message"]) as unknown as Selectable<MessagesTable>) };
  if (data["conversation"]) {
    return {
      conversation: toConversation(withTimes(data["conversation"]) as unknown as Joined & Selectable<ConversationsTable>),
    };
  }
  return data;
}

/** The database writes times into JSON in a form of its own. */
function withTimes(row: unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row as Record<string, unknown>).map(([name, value]) => [
      name,
      name.endsWith("_at") && typeof value === "string" ? new Date(value).toISOString() : value,
    ]),
  );
}
