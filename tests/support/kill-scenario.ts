import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import type { Message, Page } from "../../protocol/resources.ts";
import { startOpenAiServer } from "./openai-server.ts";
import { startRealServer } from "./real-server.ts";
import { openWs } from "./ws-client.ts";

const WORDS = Array.from({ length: 30 }, (_, index) => `word${index + 1}`);
export const ANSWER = WORDS.join(" ");

/** A real server on the given database whose model stops in the middle of its first reply, and answers the next ones whole. */
export async function startInterruptible(environment: Record<string, string>) {
  const model = await startOpenAiServer();
  model.behave((request) => {
    if (request.isRouting) return {};
    return model.replies.length > 1 ? { text: ANSWER } : { text: ANSWER, stallAfter: 12 };
  });
  const server = await startRealServer({ OPENAI_BASE_URL: model.url, OPENAI_MODEL: "test-model", ...environment });
  const agent = await server.createPublishedAgent({
    name: "Interrupted",
    config: { step_1_data: { name: "Interrupted" }, step_2_data: { personality: "calm", tone: "calm" } },
  });
  return {
    model,
    server,
    agent,
    history: async (conversationId: string) =>
      (await server.call<Page<Message>>("GET", `/conversations/${conversationId}/messages?limit=50`)).data,
    async stop() {
      await server.remove();
      await model.stop();
    },
  };
}

/** What has to be stored after a kill in mid-reply: the question once, the whole reply once, nothing else. */
export function expectOneWholeReply(history: readonly Message[], question: string): void {
  const told = history.toSorted((a, b) => a.seq - b.seq).map(({ role, status, content }) => ({ role, status, content }));
  expect(told).toEqual([
    { role: "visitor", status: "complete", content: question },
    { role: "assistant", status: "complete", content: ANSWER },
  ]);
}

/** A raw client loses its server in the middle of a reply and finds everything again. */
export async function killMidReply(environment: Record<string, string>): Promise<void> {
  const world = await startInterruptible(environment);
  try {
    const { server, agent } = world;
    const session = await server.createSession(agent.slug);
    const { conversation_id } = session;
    const before = await openWs(server.url, session);
    await before.take("connected");
    const client_message_id = randomUUID();
    const question = "Will you finish this?";
    before.send({ type: "message", conversation_id, content: question, client_message_id });
    const sent = await before.take("message_sent", () => true, 20_000);
    await before.take("delta", (delta) => delta.from + delta.text.length > 40, 20_000);

    await server.kill("SIGKILL");
    await before.closed;
    await server.start();

    const after = await openWs(server.url, session);
    await after.take("connected");
    // The client cannot know whether its message arrived: the same id again gives the same row.
    after.send({ type: "message", conversation_id, content: question, client_message_id });
    const again = await after.take("message_sent", () => true, 20_000);
    expect(again).toMatchObject({ message_id: sent.message_id, seq: sent.seq, duplicate: true });

    const isWhole = (history: Message[]) => history.some((row) => row.role === "assistant" && row.status !== "streaming");
    let history = await world.history(conversation_id);
    while (!isWhole(history)) {
      await new Promise((next) => setTimeout(next, 100));
      history = await world.history(conversation_id);
    }
    expectOneWholeReply(history, question);
    // The reply that was interrupted and the one that replaced it; nobody asked the model a third time.
    expect(world.model.replies).toHaveLength(2);

    after.send({ type: "sync", cursors: { [conversation_id]: 0 } });
    const synced = await after.take("sync_data", () => true, 20_000);
    expectOneWholeReply(synced.messages, question);
    await after.close();
  } finally {
    await world.stop();
  }
}
