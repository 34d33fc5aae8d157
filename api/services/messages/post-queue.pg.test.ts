import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { insertAgent, insertChat, storedMessages, type Chat } from "../../../tests/support/chat.ts";
import { openPostgresTestDatabase } from "../../../tests/support/postgres.ts";
import { startTestServer, type TestServer } from "../../../tests/support/server.ts";
import { SYSTEM } from "../../db/actor.ts";
import { describePostQueue } from "./post-queue.cases.ts";
import { createPostQueue } from "./post-queue.ts";

describe("posting on PostgreSQL", () => describePostQueue(openPostgresTestDatabase));

describe("with others in the same tables", () => {
  let server: TestServer;
  let chats: Chat[];

  beforeAll(async () => {
    server = await startTestServer({ db: await openPostgresTestDatabase() });
    await server.deps.orchestrator.stop();
    const agent = await insertAgent(server.deps);
    chats = await Promise.all([insertChat(server.deps, agent), insertChat(server.deps, agent), insertChat(server.deps, agent)]);
  });
  afterAll(() => server.stop());

  const posting = (chat: Chat, content: string) => ({
    conversation_id: chat.conversation_id,
    visitor_id: chat.actor.visitor_id,
    content,
    client_message_id: randomUUID(),
    reply_to: null,
  });

  test("a conversation that somebody holds keeps nobody else waiting, and its messages come in order afterwards", async () => {
    const { db, posts } = server.deps;
    const [held, ...others] = chats as [Chat, Chat, Chat];
    let letGo = () => {};
    const holding = new Promise<void>((started) => {
      void db.as(SYSTEM, async (trx) => {
        await trx.selectFrom("conversations").select("id").where("id", "=", held.conversation_id).forUpdate().execute();
        started();
        await new Promise<void>((resolve) => (letGo = resolve));
      });
    });
    await holding;
    const stuck = ["first", "second"].map((content) => posts.post(posting(held, content)));
    for (let round = 0; round < 3; round++) await Promise.all(others.map((chat) => posts.post(posting(chat, `round ${round}`))));
    expect(await storedMessages(server.deps, held.conversation_id)).toEqual([]);
    letGo();
    expect((await Promise.all(stuck)).map(({ outcome }) => outcome)).toEqual(["stored", "stored"]);
    expect((await storedMessages(server.deps, held.conversation_id)).map((row) => row.content)).toEqual(["first", "second"]);
  });

  test("two nodes that write into the same conversations lose and double nothing", async () => {
    const { db } = server.deps;
    const nodes = [createPostQueue(db, { waitingMax: 1000 }), createPostQueue(db, { waitingMax: 1000 })];
    const before = await Promise.all(chats.map((chat) => storedMessages(server.deps, chat.conversation_id)));
    const ids = new Set<string>();
    await Promise.all(
      Array.from({ length: 90 }, async (_, index) => {
        const message = posting(chats[index % 3]!, `${index}`);
        ids.add(message.client_message_id);
        // Each is sent to both, as a client does that lost one of them: stored once.
        const outcomes = (await Promise.all(nodes.map((node) => node.post(message)))).map(({ outcome }) => outcome);
        expect(outcomes.toSorted()).toEqual(["duplicate", "stored"]);
      }),
    );
    for (const [index, chat] of chats.entries()) {
      const rows = await storedMessages(server.deps, chat.conversation_id);
      expect(rows.map((row) => row.seq)).toEqual(rows.map((_, at) => at + 1));
      expect(rows.length - before[index]!.length).toBe(30);
      for (const row of rows.slice(before[index]!.length)) ids.delete(row.client_message_id!);
    }
    expect(ids.size).toBe(0);
  });
});
