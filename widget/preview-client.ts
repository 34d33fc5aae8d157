import type * as real from "../client/chat-client.ts";
import type { ChatItem, ChatState } from "../client/chat-state.ts";
import { emptyConversation } from "../client/conversation.ts";
import { LIMITS } from "../protocol/codes.ts";
import type { PreviewHost, PreviewTurn } from "../protocol/preview.ts";
import type { PublicAgent } from "../protocol/resources.ts";

/**
 * Stands where the chat's client stands when the preview is built: a conversation in memory that the panel answers. No
 * session, no socket, nothing stored; a reply comes as a whole.
 */

let agent: PublicAgent | null = null;
let host: PreviewHost | null = null;
let items: readonly ChatItem[] = [];
let isTyping = false;
let count = 0;
let emit = (): void => {};

export function showAgent(next: PublicAgent): void {
  agent = next;
  emit();
}

export function attach(next: PreviewHost): void {
  host = next;
  items = [];
  emit();
}

const line = (role: "visitor" | "assistant", content: string, name: string | null): ChatItem => {
  const key = `preview-${++count}`;
  return {
    key,
    id: key,
    role,
    content,
    status: "complete",
    sender: { kind: role, id: null, name },
    attempt: 0,
    created_at: new Date().toISOString(),
    feedback: null,
    delivery: role === "visitor" ? "sent" : null,
    error: null,
  };
};
const change = (key: string, to: Partial<ChatItem>) => {
  items = items.map((item) => (item.key === key ? { ...item, ...to } : item));
};

/** Until the last line is answered. What is written meanwhile makes the answer to what stood before it void. */
async function answer(): Promise<void> {
  if (isTyping) return;
  isTyping = true;
  for (let asked = items.at(-1); asked?.delivery === "sent"; asked = items.at(-1)) {
    const { key } = asked;
    const isLast = () => items.at(-1)?.key === key;
    emit();
    const turns = items
      .filter(({ delivery }) => delivery !== "failed")
      .map(({ role, content }) => ({ role, content }) as PreviewTurn);
    try {
      const { reply, name } = await host!.answer(turns);
      if (!isLast()) continue;
      items = items.map((item) => (item.delivery === "sent" ? { ...item, delivery: "read" } : item));
      items = [...items, line("assistant", reply, name)];
    } catch (err) {
      if (isLast()) change(key, { id: null, delivery: "failed", error: (err as Error).message });
    }
  }
  isTyping = false;
  emit();
}

export const createChatClient: typeof real.createChatClient = ({ onChange }) => {
  const state = (): ChatState => ({
    ...emptyConversation(""),
    isUnavailable: false,
    connection: "online",
    agent,
    items,
    isLoaded: true,
    isTyping,
    streamingId: null,
    isClosed: false,
    unread: 0,
    contentCharsMax: LIMITS.contentCharsMax,
    refusal: null,
  });
  const nothing = (): void => {};
  emit = () => onChange?.(state());
  return {
    state,
    open: emit,
    close: nothing,
    wake: nothing,
    send(content) {
      if (!content.trim()) return;
      items = [...items, line("visitor", content, null)];
      void answer();
      emit();
    },
    retry({ key }) {
      const item = items.find((one) => one.key === key)!;
      items = [...items.filter((one) => one !== item), { ...item, id: key, delivery: "sent", error: null }];
      void answer();
      emit();
    },
    discard({ key, content }) {
      items = items.filter((item) => item.key !== key);
      emit();
      return content;
    },
    cancel: nothing,
    rate({ id }, feedback) {
      change(id!, { feedback });
      emit();
    },
    typing: nothing,
    presence: nothing,
    read: nothing,
    loadOlder: nothing,
    async newConversation() {
      items = [];
      host?.onCleared();
      emit();
    },
    identify: () => Promise.reject(new Error("Nobody is identified in a preview.")),
    follow: nothing,
    reset: nothing,
  };
};
