import type { ConversationExport } from "./export-conversation.ts";

/** Lines for people: who said what, when (UTC). Notes are left out: it may be handed to the visitor. */
export function toTranscript({ conversation, messages }: ConversationExport): string {
  const { visitor, created_at, page_url } = conversation;
  const head = [
    `Conversation ${conversation.id}`,
    `Visitor: ${visitor?.name ?? visitor?.email ?? "without a name"}${visitor?.verified ? " (verified)" : ""}`,
    `Began: ${created_at}`,
    ...(page_url ? [`Page: ${page_url}`] : []),
  ];
  const lines = messages.map(({ role, sender, content, status, created_at: at }) => {
    if (role === "system") return `[${at}] * ${content}`;
    const who =
      role === "visitor" ? (visitor?.name ?? "Visitor") : (sender.name ?? (role === "assistant" ? "Assistant" : "Operator"));
    return `[${at}] ${who}: ${content}${status === "complete" ? "" : ` (${status})`}`;
  });
  return `${[...head, "", ...lines].join("\n")}\n`;
}
