import { createChatClient, type ChatClient } from "../../client/chat-client.ts";
import type { OpenLink } from "../../client/link.ts";
import type { Message, PublicSession } from "../../protocol/resources.ts";
import type { ConversationState } from "../../client/conversation.ts";

/** A visitor's tab: the client that the widget uses, over a real socket. */
export interface ChatTab {
  readonly client: ChatClient;
  readonly conversation_id: string;
  /** What it knows of the conversation, beyond what it shows. */
  conversation(): ConversationState;
  messages(): readonly Message[];
  /** How often it was not connected since it first was. */
  readonly disconnects: number;
  /** `performance.now()` of each time that it was connected. */
  readonly connectedAt: readonly number[];
  connection(): string;
  close(): void;
}

/** Continues `session` on the server at `origin`; resolves once the conversation is there. `openLink`: over other sockets than the client's own. */
export async function openChatTab(origin: string, slug: string, session: PublicSession, openLink?: OpenLink): Promise<ChatTab> {
  const stored = new Map([
    [`renus:session:${origin}:${slug}`, JSON.stringify({ ...session, expires_at: Date.now() + session.expires_in * 1000 })],
  ]);
  let disconnects = 0;
  const connectedAt: number[] = [];
  let wasOnline = false;
  let loaded = () => {};
  const isLoaded = new Promise<void>((resolve) => (loaded = resolve));
  const client = createChatClient({
    origin,
    agent: slug,
    ...(openLink && { links: () => ({ socket: () => openLink, events: () => openLink }) }),
    storage: () => ({
      getItem: (key) => stored.get(key) ?? null,
      setItem: (key, value) => void stored.set(key, value),
      removeItem: (key) => void stored.delete(key),
    }),
    onChange(state) {
      if (state.isLoaded && state.connection === "online") loaded();
      if (wasOnline && state.connection !== "online") disconnects++;
      if (!wasOnline && state.connection === "online") connectedAt.push(performance.now());
      wasOnline = state.connection === "online";
    },
  });
  client.open();
  await isLoaded;
  // A state shows less than it holds.
  const conversation = () => client.state() as unknown as ConversationState;
  return {
    client,
    conversation_id: session.conversation_id,
    conversation,
    messages: () => conversation().messages,
    get disconnects() {
      return disconnects;
    },
    connectedAt,
    connection: () => client.state().connection,
    close: () => client.close(),
  };
}
