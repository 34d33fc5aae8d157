import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ServerFrame } from "../../protocol/frames.ts";
import { SYSTEM } from "../../api/db/actor.ts";
import type { Database } from "../../api/db/database.ts";
import { insertAgent, insertChat, storedMessages } from "./chat.ts";
import { startTestServer, type TestServer, type TestUser } from "./server.ts";
import { openWs } from "./ws-client.ts";

const isAssistants = (frame: ServerFrame) =>
  frame.type === "stream_start" ||
  frame.type === "stream_reset" ||
  frame.type === "delta" ||
  (frame.type === "message" && frame.message.role === "assistant" && frame.message.status !== "cancelled");

/** When the operator takes over: before a reply, while its first token is stored, or after so many deltas. */
const MOMENTS: { name: string; after: ServerFrame["type"] | null; count: number }[] = [
  { name: "with the visitor's message in flight", after: null, count: 0 },
  { name: "once the message is stored", after: "message_sent", count: 1 },
  { name: "while the assistant is thinking", after: "typing", count: 1 },
  { name: "at the first token", after: "stream_start", count: 1 },
  { name: "after one delta", after: "delta", count: 1 },
  { name: "after two deltas", after: "delta", count: 2 },
  { name: "after four deltas", after: "delta", count: 4 },
];

/** Runs the same on every database. */
export function describeTakeOver(openDatabase: () => Promise<Database>): void {
  let server: TestServer;
  let agent: { id: string; client_id: string };
  let operator: TestUser;

  beforeAll(async () => {
    server = await startTestServer({ db: await openDatabase(), limits: { messagesPerMinute: 1_000_000 } });
    agent = await insertAgent(server.deps);
    operator = await server.createUser({ role: "client", client_id: agent.client_id, name: "Olga" });
  });
  afterAll(() => server.stop());

  describe("a take-over", () => {
    it.each(MOMENTS)("$name: not one token of the assistant afterwards", async ({ after, count }) => {
      const chat = await insertChat(server.deps, agent);
      const [tab, plain] = await Promise.all([
        openWs(server.url, { token: chat.token }),
        openWs(server.url, { token: chat.token, isPlain: true }),
      ]);
      await Promise.all([tab.take("connected"), plain.take("connected")]);
      const content = "Please tell me everything about what you can do for me, at length.";
      tab.send({ type: "message", conversation_id: chat.conversation_id, content, client_message_id: randomUUID() });
      for (let seen = 0; after && seen < count; seen++) await tab.take(after);
      const shown = tab.all("delta").reduce((text, frame) => text.slice(0, frame.from) + frame.text, "");
      const conversation = await server.ok("POST", `/conversations/${chat.conversation_id}/take-over`, { token: operator.token });
      expect(conversation).toMatchObject({ owner: "operator", owner_id: operator.id, owner_epoch: 1 });

      await tab.take("conversation", (frame) => frame.conversation.owner === "operator");
      const heardAt = tab.frames.length;
      const ownedAt = await storedMessages(server.deps, chat.conversation_id);
      expect(ownedAt.filter((row) => row.status === "streaming")).toEqual([]);

      // A visitor who goes on writing is answered by nobody but the operator.
      tab.send({
        type: "message",
        conversation_id: chat.conversation_id,
        content: "Are you there?",
        client_message_id: randomUUID(),
      });
      await tab.take("message_sent", (sent) => sent.seq > 2 || after === null);
      await server.ok("POST", `/conversations/${chat.conversation_id}/messages`, {
        token: operator.token,
        body: { content: "I am." },
      });
      await tab.take("message", ({ message }) => message.content === "I am.");
      // Everything a worker might still hold has had its chance once nothing of it is left.
      await expect
        .poll(() =>
          server.deps.db.as(SYSTEM, (trx) =>
            trx
              .selectFrom("reply_jobs")
              .select("id")
              .where("conversation_id", "=", chat.conversation_id)
              .where("status", "in", ["queued", "running"])
              .execute(),
          ),
        )
        .toEqual([]);
      await Promise.all([tab.settle(), plain.settle()]);

      expect(tab.frames.slice(heardAt).filter(isAssistants)).toEqual([]);
      const rows = await storedMessages(server.deps, chat.conversation_id);
      for (const row of rows.filter(({ role }) => role === "assistant")) {
        expect(row).toEqual(ownedAt.find(({ id }) => id === row.id));
        const ended = tab.all("stream_end").filter((frame) => frame.message_id === row.id);
        // What the visitor has read does not vanish.
        expect(row.content.startsWith(shown)).toBe(true);
        if (row.status === "cancelled") expect(ended).toMatchObject([{ length: row.content.length, status: "cancelled" }]);
      }
      expect(rows.map((row) => row.seq)).toEqual(rows.map((_, index) => index + 1));
      expect(plain.all("message").filter(({ message }) => message.status === "streaming")).toEqual([]);
      await Promise.all([tab.close(), plain.close()]);
    });

    it("and a hand-back: the assistant answers what was left unanswered, under a new epoch", async () => {
      const chat = await insertChat(server.deps, agent);
      const tab = await openWs(server.url, { token: chat.token });
      await tab.take("connected");
      const path = `/conversations/${chat.conversation_id}`;
      await server.ok("POST", `${path}/take-over`, { token: operator.token });
      tab.send({ type: "message", conversation_id: chat.conversation_id, content: "Anyone?", client_message_id: randomUUID() });
      await tab.take("message_sent");
      expect(await server.ok("POST", `${path}/hand-back`, { token: operator.token })).toMatchObject({
        owner: "assistant",
        owner_id: null,
        owner_epoch: 2,
      });
      const { message } = await tab.take("message", (frame) => frame.message.role === "assistant", 15_000);
      expect(message.status).toBe("complete");
      const lines = (await storedMessages(server.deps, chat.conversation_id)).filter(({ role }) => role === "system");
      expect(lines.map(({ content }) => content)).toEqual(["Olga joined the conversation", "The assistant is back"]);
      await tab.close();
    });
  });
}
