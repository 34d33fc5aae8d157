import type { OpenLink } from "../../client/link.ts";
import type { PublicSession } from "../../protocol/resources.ts";
import { openChatTab, type ChatTab } from "./chat-tab.ts";

/** Visitors who write all the time, each in a tab with the client that the widget uses. */
export interface BusyVisitors {
  readonly tabs: readonly ChatTab[];
  /** Messages that were shown as sent, by conversation: what must never be lost. */
  acknowledged(): Map<string, Set<string>>;
  /** Everything that was written, by conversation. */
  written(): Map<string, Set<string>>;
  /** Nobody writes any more; resolves once everything has been sent and answered, or rejects after `timeoutMs`. */
  finish(timeoutMs: number): Promise<void>;
  close(): void;
}

export interface BusyVisitorsOptions {
  count: number;
  origin: string;
  slug: string;
  createSession(): Promise<PublicSession>;
  /** Between an answer and the next question, at most. */
  pauseMs: number;
  /** One for each tab: what carries its frames. */
  link?: (() => OpenLink) | undefined;
}

export async function startBusyVisitors({
  count,
  origin,
  slug,
  createSession,
  pauseMs,
  link,
}: BusyVisitorsOptions): Promise<BusyVisitors> {
  const tabs = await Promise.all(
    Array.from({ length: count }, async () => openChatTab(origin, slug, await createSession(), link?.())),
  );
  const written = new Map<string, Set<string>>(tabs.map((tab) => [tab.conversation_id, new Set()]));
  const acknowledged = new Map<string, Set<string>>(tabs.map((tab) => [tab.conversation_id, new Set()]));
  let isWriting = true;

  const look = (tab: ChatTab) => {
    for (const { role, content } of tab.messages()) if (role === "visitor") acknowledged.get(tab.conversation_id)!.add(content);
  };
  const isAnswered = (tab: ChatTab) => {
    const last = tab.messages().at(-1);
    return !last || (last.role === "assistant" && last.status !== "streaming");
  };
  const isQuiet = (tab: ChatTab) =>
    acknowledged.get(tab.conversation_id)!.size === written.get(tab.conversation_id)!.size && isAnswered(tab);

  async function write(tab: ChatTab, index: number): Promise<void> {
    for (let number = 1; isWriting; number++) {
      const content = `question ${index}.${number}`;
      written.get(tab.conversation_id)!.add(content);
      tab.client.send(content);
      // Some do not wait for an answer.
      const isPatient = Math.random() < 0.8;
      const deadline = Date.now() + (isPatient ? 20_000 : 200);
      while (isWriting && Date.now() < deadline && !isQuiet(tab)) {
        await sleep(20);
        look(tab);
      }
      await sleep(Math.random() * pauseMs);
    }
  }
  const writing = tabs.map(write);

  return {
    tabs,
    acknowledged() {
      tabs.forEach(look);
      return acknowledged;
    },
    written: () => written,
    async finish(timeoutMs) {
      isWriting = false;
      await Promise.all(writing);
      const deadline = Date.now() + timeoutMs;
      for (const tab of tabs) {
        for (look(tab); !isQuiet(tab); look(tab)) {
          if (Date.now() > deadline) {
            const words = tab.messages().map(({ role, status, content }) => `${role} ${status} ${content.slice(0, 20)}`);
            throw new Error(`A visitor waits for an answer in vain (${tab.connection()}):\n${words.slice(-6).join("\n")}`);
          }
          await sleep(50);
        }
      }
    },
    close() {
      for (const tab of tabs) tab.close();
    },
  };
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
